"""The other side as a process of its own, which has nothing but a hand-off, its credentials and an address."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.deployment.resolver import ACCOUNT
from sandbox.serve import served
from sandbox.world import World
from tests.consumer.acting import OTHER_SIDE

SERVICE: Final = "com.amazonaws.vpce.us-east-1.vpce-svc-1"
ENDPOINT: Final = "orders-001.orders.abcdef.use1.cache.amazonaws.com"
DOCUMENTED: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices"],
            "Resource": "*",
        }
    ],
}
WORLD: Final[dict[str, Any]] = {
    "consumer": OTHER_SIDE,
    "latency": {"call": 0, "connection": 0, "disconnection": 0, "iamPropagation": 0},
    "roles": [{"name": "access", "trusts": {"externalId": "ws-1"}, "policies": {"p": DOCUMENTED}}],
    "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"]}],
    "endpointServices": [{"loadBalancer": "lb", "id": "vpce-svc-1", "principals": [f"arn:aws:iam::{OTHER_SIDE}:root"]}],
}
HANDOFF: Final[dict[str, Any]] = {
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/access",
    "workspaceId": "ws-1",
    "region": "us-east-1",
    "endpoints": [
        {
            "endpoint": ENDPOINT,
            "serviceName": SERVICE,
            "serviceId": "vpce-svc-1",
            "availabilityZoneId": "use1-az6",
        }
    ],
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(World.model_validate(WORLD), time_scale=1.0) as there:
        yield there


def run(address: str, folder: Path, command: str, handoff: object, *options: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "handoff.json"
    file.write_text(handoff if isinstance(handoff, str) else json.dumps(handoff))
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    own = {
        "AWS_ACCESS_KEY_ID": OTHER_SIDE,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    line = [sys.executable, "-m", "consumer", command, str(file), "--endpoint-url", address, *options]
    return subprocess.run(line, env={**kept, **own}, capture_output=True, text=True, check=False)


def test_it_prints_the_map_and_nothing_else_and_lets_go_again(address: str, tmp_path: Path) -> None:
    done = run(address, tmp_path, "connect", HANDOFF)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {ENDPOINT: "10.0.80.4"}
    gone = run(address, tmp_path, "disconnect", HANDOFF)
    assert (gone.returncode, gone.stderr, len(json.loads(gone.stdout))) == (0, "", 1)


def test_what_aws_refuses_is_told_in_one_line(address: str, tmp_path: Path) -> None:
    done = run(address, tmp_path, "connect", {**HANDOFF, "workspaceId": "ws-2"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"assuming {HANDOFF['roleArn']} with the workspace id as external id: User: ")
    assert done.stderr.endswith("[AccessDenied]\n")
    assert done.stderr.count("\n") == 1
