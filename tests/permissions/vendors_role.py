"""A workspace's role as the vendor's Terraform module leaves it, in a deployment with the parameters' defaults.

It allows what the documented policy allows, and no parameter lets runs extend it.
"""

import sys
from typing import Any, Final

import pytest

from sandbox.world import World

ROLE: Final = "VervericaCloudIAMRole"
ACCEPTING: Final = ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices"]
POLICIES: Final = {
    "caches": {"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"},
    "connections": {"Effect": "Allow", "Action": ACCEPTING, "Resource": "*"},
}
WORLD: Final = World.model_validate(
    {
        "latency": {"loadBalancer": 20, "registration": 20, "endpointService": 1},
        "clusters": [{"id": "orders", "securityGroups": ["sg-cache"], "tls": True}],
        "roles": [
            {
                "name": ROLE,
                "trusts": {"externalId": "ws-1"},
                "policies": {name: {"Version": "2012-10-17", "Statement": [each]} for name, each in POLICIES.items()},
            }
        ],
    }
)
REQUEST: Final[dict[str, Any]] = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}


def writing_to_every_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the fault back into the functions of the open account: that a run may write to whatever role it finds."""
    step = sys.modules["private_connection.access.access_role"]  # the account's own copy, not this process's
    monkeypatch.setattr(step, "may_write", lambda role: True)
