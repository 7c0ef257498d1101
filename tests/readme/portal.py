"""What becomes of a hand-off in the portal: the other side (consumer/README.md) connects, and goes again."""

import contextlib
import json
from collections.abc import Iterator
from typing import Final

from tests.readme.account import Account
from tests.readme.terminal import Terminal
from tests.readme.told import CONSUMER

OWNER: Final = "794031221915"


@contextlib.contextmanager
def _of_its_own(reader: Terminal) -> Iterator[None]:
    """In a sandbox an access key that is an account's number is that account's."""
    reader.carries_out(f"OWN_KEY=$AWS_ACCESS_KEY_ID AWS_ACCESS_KEY_ID={OWNER}")
    yield
    reader.carries_out("AWS_ACCESS_KEY_ID=$OWN_KEY")


def connected(reader: Terminal, account: Account) -> None:
    folder = reader.clone / "build" / "demo"
    folder.mkdir(parents=True)
    handoff = account.handoff("orders")
    (folder / "handoff.json").write_text(json.dumps(handoff))
    with _of_its_own(reader):
        addresses = json.loads(reader.types(CONSUMER, "python -m consumer connect"))
    assert addresses.keys() == {each["endpoint"] for each in handoff["endpoints"]}


def disconnected(reader: Terminal) -> None:
    with _of_its_own(reader):
        reader.types(CONSUMER, "python -m consumer disconnect")
