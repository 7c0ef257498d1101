"""Parameters of a deployment, where a test needs others than the defaults."""

from typing import Final

from sandbox.deployment.resolver import ACCOUNT


def extending(*roles: str) -> dict[str, str]:
    """A deployment whose runs may add their policy to these roles of the account."""
    return {"ExtendableRoleArns": ",".join(f"arn:aws:iam::{ACCOUNT}:role/{each}" for each in roles)}


GUEST: Final = "guest"
"""A role of the account's own, which is there where a test lays it."""
EXTENDING: Final = extending("team", "others", GUEST)
"""The deployment in which faults, stops and sequences are tried."""
