"""Who is judged: a function's role, or a session of a role, with what its policies say.

Source: IAM User Guide, "Policy evaluation logic": inline and attached policies count together, and where a role has a
permissions boundary, that has to allow it too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.authorization.policies import Policies
from sandbox.callers import Caller
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import backend


@dataclass(frozen=True)
class Principal:
    """A session of a role."""

    arn: str
    policies: Policies
    keys: Mapping[str, str]
    """The condition keys that say who asks."""
    boundary: Policies | None = None


def of_session(caller: Caller) -> Principal:
    """What the role's policies say now. A role that is gone has none, so its sessions may do nothing.

    Of AWS's own managed policies those are known that the world lays. Raises PolicyError for a policy that is not
    understood.
    """
    iam = backend("iam", "")
    role = next((each for each in iam.get_roles() if each.id == caller.role), None)
    if role is None:
        return Principal(caller.arn, Policies([]), {"aws:PrincipalAccount": ACCOUNT})
    documents = [*role.policies.values(), *map(_document, role.managed_policies.values())]
    limit = role.permissions_boundary_arn
    return Principal(
        caller.arn,
        Policies([json.loads(each) for each in documents]),
        {"aws:PrincipalArn": str(role.arn), "aws:PrincipalAccount": ACCOUNT},
        Policies([json.loads(_document(iam.managed_policies[limit]))]) if limit else None,
    )


def _document(policy: Any) -> str:
    return str(next(each.document for each in policy.versions if each.is_default))
