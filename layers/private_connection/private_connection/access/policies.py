"""IAM policy documents that we write, and whether another one allows more."""

import json

from private_connection.access.statements import Policy, covers, statements
from private_connection.ownership import CONNECTION
from private_connection.request.models import AccessPolicy

VERSION = "2012-10-17"
INLINE_LIMIT = 10_240
"""Of all inline policies of a role together, without white space: characters ("IAM and AWS STS quotas"), or bytes, as
the refusal says. A policy has as many bytes, or more.
"""
BEYOND_SCOPED = ("ec2:AcceptVpcEndpointConnections", "elasticache:ModifyReplicationGroup")
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
            "Action": ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"},
    ]


def _scoped(role_arn: str, region: str, connection: str) -> list[Policy]:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return [
        {
            "Effect": "Allow",
            "Action": "ec2:AcceptVpcEndpointConnections",
            "Resource": f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{CONNECTION}": connection}},
        },
        {"Effect": "Allow", "Action": "ec2:DescribeVpcEndpointServices", "Resource": "*"},
        {"Effect": "Allow", "Action": ["elasticache:Describe*", "elasticache:List*"], "Resource": "*"},
    ]


def policy_size(policy: Policy) -> int:
    """The bytes of a policy that count towards `INLINE_LIMIT`."""
    return len("".join(json.dumps(policy, ensure_ascii=False).split()).encode())


def is_wider(policy: Policy | None) -> bool:
    """Whether a policy allows, without a condition, what the scoped one does not."""
    unconditional = (each for each in statements(policy or {}, "Allow") if "Condition" not in each)
    return any(covers(statement, "Action", action) for statement in unconditional for action in BEYOND_SCOPED)
