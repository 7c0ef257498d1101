"""SimulatePrincipalPolicy: what IAM would decide of an action, by the policies of a user, a group or a role.

Sources: IAM API reference, SimulatePrincipalPolicy and EvaluationResult (decisions by action and resource; a user's
groups count); its answer to the ARN of a session, as people have published it (hashicorp/terraform-provider-aws issue
8052, "does not clearly define entity type and name"). The account's administrator,
as whom all ask who have no session of a role, may do everything.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from moto.core.responses import ActionResult

from sandbox.authorization.policies import Policies, Verdict
from sandbox.callers import OWNER
from sandbox.services.common import Refused

ENTITY: Final = re.compile(r"arn:aws:iam::\d{12}:(user|group|role)/(?:.*/)?([\w+=,.@-]+)")
EVERYTHING: Final = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
DECISIONS: Final = {
    Verdict.ALLOWED: "allowed",
    Verdict.NOT_ALLOWED: "implicitDeny",
    Verdict.DENIED: "explicitDeny",
}


class Simulation:
    """Mixed in before moto's response class."""

    def simulate_principal_policy(self: Any) -> ActionResult:
        p = self._get_params()
        named = ENTITY.fullmatch(p["PolicySourceArn"])
        if named is None:
            text = f"Invalid Entity Arn: {p['PolicySourceArn']} does not clearly define entity type and name."
            raise Refused("InvalidInput", text)
        of_owner = p["PolicySourceArn"] == OWNER.arn
        policies = Policies([EVERYTHING] if of_owner else _documents(self.backend, *named.groups()))
        asked = product(p["ActionNames"], p.get("ResourceArns", ["*"]))
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": DECISIONS[policies.judge(action, resource, {})],
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action, resource in asked
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _documents(backend: Any, kind: str, name: str) -> Iterator[Any]:
    there = {
        "user": backend.users.get(name),
        "group": backend.groups.get(name),
        "role": next((each for each in backend.get_roles() if each.name == name), None),
    }[kind]
    if there is None:
        raise Refused("NoSuchEntity", f"The {kind} with name {name} cannot be found.")
    groups = [each for each in backend.groups.values() if there in each.users] if kind == "user" else []
    for each in (there, *groups):
        texts = (*each.policies.values(), *(_default(policy) for policy in each.managed_policies.values()))
        yield from map(json.loads, texts)


def _default(policy: Any) -> str:
    """The version of a managed policy that counts."""
    return str(next(each.document for each in policy.versions if each.is_default))
