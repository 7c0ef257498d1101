"""Who sends a request, by the access key that it is signed with.

An access key that is an account's number is that account's administrator; one that AssumeRole gave out is a session of
its role; every other one is the administrator of the account that the template is deployed in. No secret is looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from sandbox.deployment.resolver import ACCOUNT

SIGNED: Final = re.compile(r"\bCredential=([^/,\s]+)/")
"""Where a signature has the access key (IAM User Guide, "Elements of an AWS API request signature")."""
NUMBER: Final = re.compile(r"\d{12}")
TEMPORARY: Final = "ASIA"
"""What the keys of sessions begin with (IAM User Guide, "IAM identifiers")."""


@dataclass(frozen=True)
class Caller:
    """`role` is the id of the role whose session it is; None for an administrator."""

    account: str
    arn: str
    role: str | None = None
    expires_at: float = inf
    known: bool = True
    """Whether its key is one that somebody has got."""


def administrator(account: str) -> Caller:
    """A user, because the root user may assume no role (STS API reference, AssumeRole)."""
    return Caller(account, f"arn:aws:iam::{account}:user/administrator")


OWNER: Final = administrator(ACCOUNT)


def calling(headers: Mapping[str, str], sessions: Mapping[str, Caller]) -> Caller:
    """Who signed the request that has these headers."""
    signature = headers.get("Authorization")
    found = SIGNED.search(signature) if signature else None
    if found is None:
        return OWNER
    key = found[1]
    if key in sessions:
        return sessions[key]
    if key.startswith(TEMPORARY):
        return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/unknown/unknown", known=False)
    return administrator(key) if NUMBER.fullmatch(key) and key != ACCOUNT else OWNER
