"""IAM policy documents that we write, and whether another one allows more."""

import json
from collections.abc import Mapping
from typing import Final

from private_connection.access.statements import Policy, covers, statements
from private_connection.ownership import CONNECTION
from private_connection.request.models import AccessPolicy

VERSION = "2012-10-17"
INLINE_LIMIT = 10_240
"""Of all inline policies of a role together, without white space: characters ("IAM and AWS STS quotas"), or bytes, as
the refusal says. A policy has as many bytes, or more.
"""
ACCEPT: Final = "ec2:AcceptVpcEndpointConnections"
LOOK: Final = "ec2:DescribeVpcEndpointServices"
ON_ELASTICACHE: Final[Mapping[AccessPolicy, tuple[str, ...]]] = {
    "documented": ("elasticache:*",),
    "scoped": ("elasticache:Describe*", "elasticache:List*"),
}
BEYOND_SCOPED = (ACCEPT, "elasticache:ModifyReplicationGroup")
"""Actions that the scoped policy allows only under a condition, or not at all."""


def trust_document(principal: str, external_id: str) -> Policy:
    """Who may assume the role: Ververica's account, on behalf of one workspace."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


def policy_document(access: AccessPolicy, role_arn: str, region: str, connection: str) -> Policy:
    """What the role may do.

    ``documented`` is the policy of Ververica's documentation, word for word. ``scoped`` lets it accept connections on
    this connection's endpoint services only, and read ElastiCache.
    """
    return {
        "Version": VERSION,
        "Statement": _documented() if access == "documented" else _scoped(role_arn, region, connection),
    }


def _documented() -> list[Policy]:
    return [
        {
            "Effect": "Allow",
            "Action": [ACCEPT, LOOK],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": ON_ELASTICACHE["documented"][0], "Resource": "*"},
    ]


def _scoped(role_arn: str, region: str, connection: str) -> list[Policy]:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return [
        {
            "Effect": "Allow",
            "Action": ACCEPT,
            "Resource": f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{CONNECTION}": connection}},
        },
        {"Effect": "Allow", "Action": LOOK, "Resource": "*"},
        {"Effect": "Allow", "Action": list(ON_ELASTICACHE["scoped"]), "Resource": "*"},
    ]


def policy_size(policy: Policy) -> int:
    """The bytes of a policy that count towards `INLINE_LIMIT`."""
    return len("".join(json.dumps(policy, ensure_ascii=False).split()).encode())


def is_wider(policy: Policy | None) -> bool:
    """Whether a policy allows, without a condition, what the scoped one does not."""
    unconditional = (each for each in statements(policy or {}, "Allow") if "Condition" not in each)
    return any(covers(statement, "Action", action) for statement in unconditional for action in BEYOND_SCOPED)
