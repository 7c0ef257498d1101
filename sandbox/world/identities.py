"""Roles and managed policies of a world."""

import json
from typing import Any

from sandbox.conditions import Conditions
from sandbox.services.common import backend, tag_list
from sandbox.world.model import RoleSpec, TrustSpec, World

CONSUMER = TrustSpec()


def lay(world: World, conditions: Conditions) -> None:
    iam = backend("iam", world.region)
    for policy in world.policies:
        iam.create_policy("", policy.path, json.dumps(policy.document), policy.name, [])
    for role in world.roles:
        iam.create_role(
            role.name,
            json.dumps(trust_of(role, conditions)),
            role.path,
            role.boundary,
            role.description,
            tag_list(role.tags),
            "3600",
        )
        for name, document in role.policies.items():
            iam.put_role_policy(role.name, name, json.dumps(document))
        for arn in role.attached:
            iam.attach_role_policy(arn, role.name)


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
