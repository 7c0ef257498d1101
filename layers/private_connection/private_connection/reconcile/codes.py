"""Drift codes: what of a connection may differ from what its last run left, and what becomes of it."""

from collections.abc import Mapping
from typing import Final, Literal

DriftCode = Literal[
    "ADDRESS_CHANGED",
    "PORT_CHANGED",
    "ZONE_CHANGED",
    "TARGET_GONE",
    "TARGET_CHANGED",
    "LOAD_BALANCER_GONE",
    "TARGET_GROUP_GONE",
    "LISTENER_GONE",
    "SERVICE_GONE",
    "RULE_GONE",
    "ROLE_GONE",
    "POLICY_GONE",
    "PRINCIPAL_GONE",
    "NODE_ADDED",
    "NODE_REMOVED",
    "TRUST_CHANGED",
    "ACCEPTANCE_OFF",
    "STRANGER_ADMITTED",
    "POLICY_CHANGED",
    "HEALTH_CHECK_CHANGED",
    "ATTRIBUTES_CHANGED",
    "TAGS_CHANGED",
    "STRANGER_CONNECTED",
    "TRUST_OPENED",
    "MARKS_LOST",
    "SERVICE_FAILED",
    "LOAD_BALANCER_FAILED",
    "ROLE_UNUSABLE",
    "NODE_UNHEALTHY",
    "NODE_UNAVAILABLE",
    "CLUSTER_MODIFYING",
    "CLUSTER_UNAVAILABLE",
    "CLUSTER_GONE",
]
Treatment = Literal["repaired", "reported"]
Mode = Literal["repair", "report"]
"""What becomes of the drift of a connection: what can be repaired is, or all of it is reported."""

TREATMENTS: Final[Mapping[DriftCode, Treatment]] = {
    # a path leads to where its node is no more
    "ADDRESS_CHANGED": "repaired",
    "PORT_CHANGED": "repaired",
    "ZONE_CHANGED": "repaired",
    "TARGET_GONE": "repaired",
    "TARGET_CHANGED": "repaired",
    # a part of a path is missing, or a path
    "LOAD_BALANCER_GONE": "repaired",
    "TARGET_GROUP_GONE": "repaired",
    "LISTENER_GONE": "repaired",
    "SERVICE_GONE": "repaired",
    "RULE_GONE": "repaired",
    "ROLE_GONE": "repaired",
    "POLICY_GONE": "repaired",
    "PRINCIPAL_GONE": "repaired",
    "NODE_ADDED": "repaired",
    "NODE_REMOVED": "repaired",
    # an attribute is not as it was set
    "TRUST_CHANGED": "repaired",
    "ACCEPTANCE_OFF": "repaired",
    "STRANGER_ADMITTED": "repaired",
    "POLICY_CHANGED": "repaired",
    "HEALTH_CHECK_CHANGED": "repaired",
    "ATTRIBUTES_CHANGED": "repaired",
    "TAGS_CHANGED": "repaired",
    # a run would change nothing about it, must not, or would fail
    "STRANGER_CONNECTED": "reported",
    "TRUST_OPENED": "reported",
    "MARKS_LOST": "reported",
    "SERVICE_FAILED": "reported",
    "LOAD_BALANCER_FAILED": "reported",
    "ROLE_UNUSABLE": "reported",
    "NODE_UNHEALTHY": "reported",
    "NODE_UNAVAILABLE": "reported",
    "CLUSTER_MODIFYING": "reported",
    "CLUSTER_UNAVAILABLE": "reported",
    "CLUSTER_GONE": "reported",
}
"""What the sweep does about each, the worst first: it has it repaired by a run, or reports it to whoever can act."""

RANKS: Final[Mapping[DriftCode, int]] = {code: rank for rank, code in enumerate(TREATMENTS)}
"""The place of each in that order."""
