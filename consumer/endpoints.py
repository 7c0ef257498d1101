"""The interface endpoints of this account: found, created, waited for, and deleted."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from consumer.network import Subnet
from consumer.problems import NotConnectedError, doing

INTERVAL: Final = 5.0
"""Seconds between two looks."""
LIMIT: Final = 600.0
"""Seconds: a connection is there within three minutes of being accepted."""
SETTLED: Final = 120.0
"""Seconds within which an endpoint that was just created waits for its acceptance."""
COMING: Final = ("pendingacceptance", "pending")
GOING: Final = ("deleting", "deleted", "failed", "expired")
"""States are compared in lower case: on the wire they begin with a small letter, in the API model with a capital."""

Endpoint = Mapping[str, Any]


def state(endpoint: Endpoint) -> str:
    return str(endpoint["State"]).lower()


def find(ec2: Any, vpc: str, service_names: Iterable[str]) -> dict[str, Endpoint]:
    """The endpoints of the VPC that stand, by the name of their service."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [*service_names]}]
    with doing("looking at the endpoints of this account"):
        pages = ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=filters)
        found = [each for page in pages for each in page["VpcEndpoints"]]
    return {each["ServiceName"]: each for each in found if state(each) not in GOING}


def create(ec2: Any, service_name: str, subnet: Subnet) -> Endpoint:
    with doing(f"creating an endpoint to {service_name} in {subnet.id}"):
        answer = ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=subnet.vpc,
            ServiceName=service_name,
            SubnetIds=[subnet.id],
            PrivateDnsEnabled=False,
        )
    made: Endpoint = answer["VpcEndpoint"]
    return made


def settled(ec2: Any, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
    """The endpoints by id, once each is shown and is not on its way, at most SETTLED seconds.

    One that was just created may not be shown yet, and may be `pending` before it is `pendingAcceptance` (so the
    Terraform provider waits from the one to the other).
    """
    began = time.time()
    while True:
        found = _described(ec2, endpoint_ids)
        coming = [each for each in endpoint_ids if each not in found or state(found[each]) == "pending"]
        if not coming or time.time() - began >= SETTLED:
            return found
        time.sleep(INTERVAL)


def wait(ec2: Any, endpoint_ids: Sequence[str]) -> dict[str, Endpoint]:
    """The endpoints by id, once all are available.

    Raises NotConnectedError for one that nobody will let come up, and after LIMIT seconds.
    """
    began = time.time()
    while True:
        found = _described(ec2, endpoint_ids)
        states = {each: state(found[each]) if each in found else "deleted" for each in endpoint_ids}
        if all(each == "available" for each in states.values()):
            return found
        told = ", ".join(f"{name} is {each}" for name, each in states.items() if each != "available")
        if any(each not in (*COMING, "available") for each in states.values()):
            raise NotConnectedError(f"waiting for the endpoints: {told}")
        if time.time() - began >= LIMIT:
            raise NotConnectedError(f"waiting for the endpoints: after {LIMIT:.0f} seconds {told}")
        time.sleep(INTERVAL)


def addresses(ec2: Any, endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """The private address of each endpoint, by its id."""
    interfaces = {interface: each["VpcEndpointId"] for each in endpoints for interface in each["NetworkInterfaceIds"]}
    with doing("looking at the addresses of the endpoints"):
        pages = ec2.get_paginator("describe_network_interfaces").paginate(NetworkInterfaceIds=[*interfaces])
        found = [each for page in pages for each in page["NetworkInterfaces"]]
    return {interfaces[each["NetworkInterfaceId"]]: each["PrivateIpAddress"] for each in found}


def delete(ec2: Any, endpoint_ids: Collection[str]) -> None:
    """Deletes them and waits until they are gone. AWS answers 200 and lists in Unsuccessful what it did not do."""
    if not endpoint_ids:
        return
    with doing("deleting endpoints"):
        failed = ec2.delete_vpc_endpoints(VpcEndpointIds=[*endpoint_ids]).get("Unsuccessful", [])
    for each in failed:
        raise NotConnectedError(f"deleting {each['ResourceId']}: {each['Error']['Message']}", each["Error"]["Code"])
    began = time.time()
    while left := [name for name, each in _described(ec2, endpoint_ids).items() if state(each) != "deleted"]:
        if time.time() - began >= LIMIT:
            raise NotConnectedError(f"deleting endpoints: {', '.join(left)} still there after {LIMIT:.0f} seconds")
        time.sleep(INTERVAL)


def _described(ec2: Any, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
    """By a filter: for an id that is gone an operation that names it fails."""
    filters = [{"Name": "vpc-endpoint-id", "Values": [*endpoint_ids]}]
    with doing("looking at the endpoints of this account"):
        pages = ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=filters)
        return {each["VpcEndpointId"]: each for page in pages for each in page["VpcEndpoints"]}
