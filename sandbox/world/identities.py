"""Roles and managed policies of a world."""

import json
from typing import Any

from sandbox.conditions import Conditions
from sandbox.services.common import backend, tag_list
from sandbox.world.model import RoleSpec, TrustSpec, World

CONSUMER = TrustSpec()
AWS = "aws"
"""Stands in the ARNs of AWS's own policies where others have the account (IAM User Guide, "IAM ARNs")."""


def lay(world: World, conditions: Conditions) -> None:
    iam = backend("iam", world.region)
    for policy in world.policies:
        made = iam.create_policy("", policy.path, json.dumps(policy.document), policy.name, [])
        if policy.of_aws:
            _give_to_aws(iam, made)
    for role in world.roles:
        iam.create_role(
            role.name,
            json.dumps(trust_of(role, conditions)),
            role.path,
            role.boundary,
            role.description,
            tag_list(role.tags),
            str(role.max_session_duration),
        )
        for name, document in role.policies.items():
            iam.put_role_policy(role.name, name, json.dumps(document))
        for arn in role.attached:
            iam.attach_role_policy(arn, role.name)


def _give_to_aws(iam: Any, policy: Any) -> None:
    """moto makes every policy in the account, and looks for one by its ARN."""
    del iam.managed_policies[policy.arn]
    policy.account_id = AWS
    iam.managed_policies[policy.arn] = policy


def trust_of(role: RoleSpec, conditions: Conditions) -> dict[str, Any]:
    if role.trust is not None:
        return role.trust
    trusts = role.trusts or CONSUMER
    account = conditions.account_of(f"the role {role.name}", trusts.account)
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    if trusts.external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": trusts.external_id}}
    return {"Version": "2012-10-17", "Statement": [statement]}
