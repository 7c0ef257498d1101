"""The world: what the account holds before the first run, and what happens to it between runs."""

from sandbox.world.events import EVENTS, apply_event
from sandbox.world.laying import lay
from sandbox.world.model import World

__all__ = ["EVENTS", "World", "apply_event", "lay"]
