"""IAM policy documents: those that we write, and questions about those of others."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from private_connection.ownership import CONNECTION
from private_connection.request.models import AccessPolicy

Policy = dict[str, Any]
"""A policy document as boto3 gives it: decoded JSON, in any of the forms that IAM's grammar allows."""

VERSION = "2012-10-17"
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


def as_policy(document: object) -> Policy:
    """A document as boto3 gives it; boto3's stubs allow text too, which it never is."""
    return document if isinstance(document, dict) else {}


def trusts(trust: Policy, principal: str, external_id: str) -> bool:
    """Whether a trust policy lets this principal assume the role with this external id. It may trust others too."""
    return any(
        _covers(statement, "sts:AssumeRole")
        and _names(statement.get("Principal"), principal)
        and external_id in _external_ids(statement)
        for statement in _allowing(trust)
    )


def names_principal(trust: Policy, principal: str) -> bool:
    """Whether a trust policy lets this principal assume the role at all."""
    return any(_names(statement.get("Principal"), principal) for statement in _allowing(trust))


def is_wider(policy: Policy | None) -> bool:
    """Whether a policy allows, without a condition, what the scoped one does not."""
    unconditional = (each for each in _allowing(policy or {}) if "Condition" not in each)
    return any(_covers(statement, action) for statement in unconditional for action in BEYOND_SCOPED)


def _covers(statement: Policy, action: str) -> bool:
    """Whether a statement is about an action; case does not count (IAM User Guide, "Action" and "NotAction")."""
    named, others = _listed(statement.get("Action")), _listed(statement.get("NotAction"))
    return _matches(action, named) or (bool(others) and not _matches(action, others))


def _matches(action: str, patterns: list[Any]) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns)


def _allowing(policy: Policy) -> Iterator[Policy]:
    return (
        each for each in _listed(policy.get("Statement")) if isinstance(each, dict) and each.get("Effect") == "Allow"
    )


def _names(principals: object, principal: str) -> bool:
    """An account is named by its root's ARN or by its id alone (IAM User Guide, principal element)."""
    named = _listed(principals.get("AWS")) if isinstance(principals, dict) else []
    return principal in named or (principal.endswith(":root") and principal.split(":")[4] in named)


def _external_ids(statement: Policy) -> list[Any]:
    """The values of the statement's external-id condition; operator and key are compared without regard to case."""
    conditions = statement.get("Condition", {})
    equals: Policy = next((keys for operator, keys in conditions.items() if operator.lower() == "stringequals"), {})
    return next((_listed(value) for key, value in equals.items() if key.lower() == "sts:externalid"), [])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
