"""Hypothesis judges what is computed, never how long that takes on this machine."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
