"""Whether a role's trust policy lets a caller assume the role.

Sources: IAM User Guide, "AWS JSON policy elements: Principal" (an account's root, or its number, stands for everybody
in it), "IAM and AWS STS condition context keys" (sts:ExternalId, sts:RoleSessionName), "How to use an external ID when
granting access to your AWS resources to a third party". A caller of another account also needs his own account's
permission, which its administrator has.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.authorization.policies import Policies, Verdict
from sandbox.callers import Caller

ASSUME: Final = "sts:AssumeRole"
Document = Mapping[str, Any]


def trusts(document: str | Document, caller: Caller, given: Mapping[str, str]) -> bool:
    """`given` are the condition keys that the request supplies. Raises PolicyError for what is not understood."""
    read: Document = json.loads(document) if isinstance(document, str) else document
    policies = Policies([{"Statement": list(_about(read, caller))}])
    keys = {"aws:PrincipalAccount": caller.account, "aws:PrincipalArn": caller.arn, **given}
    return policies.judge(ASSUME, "*", keys) is Verdict.ALLOWED


def _about(document: Document, caller: Caller) -> Iterator[dict[str, Any]]:
    """The statements on this caller. A trust policy's resource is the role that it hangs on."""
    for statement in _listed(document["Statement"]):
        if "NotPrincipal" in statement:
            raise NotImplementedError("a trust policy with NotPrincipal")
        if _is_meant(statement.get("Principal"), caller):
            yield {**{key: value for key, value in statement.items() if key != "Principal"}, "Resource": "*"}


def _is_meant(principal: Any, caller: Caller) -> bool:
    named = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    account = {"*", caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn}
    return any(each in account for each in _listed(named))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
