"""The served sandbox: the same corrections over HTTP, for any client."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.serve import served
from sandbox.world import World

FAST = 100_000.0


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def address() -> Iterator[str]:
    with served(World(), time_scale=FAST) as there:
        yield there


def client(service: str, address: str) -> Any:
    return boto3.client(service, region_name="us-east-1", endpoint_url=address)  # type: ignore[call-overload]  # any name


def test_the_world_is_there(address: str) -> None:
    zones = {subnet["AvailabilityZone"] for subnet in client("ec2", address).describe_subnets()["Subnets"]}
    assert zones == {"us-east-1a", "us-east-1b", "us-east-1c"}


def test_a_load_balancer_is_corrected_over_http(address: str) -> None:
    subnet = client("ec2", address).describe_subnets()["Subnets"][0]["SubnetId"]
    elbv2 = client("elbv2", address)
    arguments = {"Type": "network", "Scheme": "internal", "SubnetMappings": [{"SubnetId": subnet}]}
    created = elbv2.create_load_balancer(Name="pc-one", **arguments)["LoadBalancers"][0]
    assert ":loadbalancer/net/pc-one/" in created["LoadBalancerArn"]
    assert created["State"]["Code"] == "provisioning"
    with pytest.raises(elbv2.exceptions.ClientError):
        elbv2.create_load_balancer(Name="x" * 33, **arguments)


def test_the_command_serves_until_it_is_terminated() -> None:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--time-scale", "1000"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        address, _, scale = process.stdout.readline().partition(", ")
        assert scale == "1000 seconds to each real one\n"
        zones = client("ec2", address).describe_availability_zones()["AvailabilityZones"]
        assert "us-east-1a" in {zone["ZoneName"] for zone in zones}
    finally:
        process.terminate()
        assert process.communicate(timeout=60)[0] == ""
    assert process.returncode == 0


def test_nothing_is_left_of_it_afterwards(address: str) -> None:
    assert client("elbv2", address).describe_load_balancers()["LoadBalancers"] == []
