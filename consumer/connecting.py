"""Connect to what a hand-off offers, and let it go again.

    connect(handoff, boto3.Session(), ["subnet-1", "subnet-2"])

returns the address of an endpoint for each node's name: the map that makes the node's own name lead to the endpoint in
this VPC. Both can be called again: what is there already stays, and what is gone already is no error.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import boto3

from consumer import endpoints, network
from consumer.identity import assumed, client
from consumer.offers import Offer, read
from consumer.problems import NotConnectedError, doing

UNKNOWN: Final = "InvalidServiceName"
"""EC2's answer for a service that is not there, or that it does not show to whoever asks."""


def connect(handoff: Mapping[str, Any], session: boto3.Session, subnets: Collection[str] = ()) -> dict[str, str]:
    """The address of an available endpoint for each node, by the node's DNS name.

    `session` is this account's own identity, `subnets` those of its VPC that it may use; without any it uses all.
    Raises NotConnectedError, with AWS's code, where AWS refuses a step; what was created until then stays.
    """
    offered = read(handoff)
    own = client(session, "ec2", offered.region)
    role = client(assumed(session, offered), "ec2", offered.region)
    _look_with_role(role, offered.offers)
    made = _endpoints(own, offered.offers, network.subnets(own, subnets))
    ids = {offer.endpoint: str(made[offer.service_name]["VpcEndpointId"]) for offer in offered.offers}
    shown = endpoints.settled(own, [*ids.values()])
    _accept(role, offered.offers, {each: shown.get(str(one["VpcEndpointId"]), one) for each, one in made.items()})
    found = endpoints.addresses(own, endpoints.wait(own, [*ids.values()]).values())
    return {name: found[endpoint_id] for name, endpoint_id in ids.items()}


def disconnect(handoff: Mapping[str, Any], session: boto3.Session, subnets: Collection[str] = ()) -> list[str]:
    """Deletes the endpoints to what the hand-off offers, and returns their ids once they are gone."""
    offered = read(handoff)
    own = client(session, "ec2", offered.region)
    vpc = network.subnets(own, subnets)[0].vpc
    standing = endpoints.find(own, vpc, [each.service_name for each in offered.offers])
    ids = sorted(str(each["VpcEndpointId"]) for each in standing.values())
    endpoints.delete(own, ids)
    return ids


def _look_with_role(ec2: Any, offers: Sequence[Offer]) -> None:
    """Looks as the role may. What it does not find is no refusal, as the look of this account decides.

    EC2 does not document whether it shows a service to its owner's account, whose role this is, where it admits another
    account alone.
    """
    try:
        _looked_up(ec2, offers)
    except NotConnectedError as problem:
        if problem.code not in (None, UNKNOWN):
            raise


def _looked_up(ec2: Any, offers: Sequence[Offer]) -> dict[str, Mapping[str, Any]]:
    """The services as EC2 shows them to whoever asks, by name. It refuses a name that it does not show him."""
    names = [each.service_name for each in offers]
    with doing("looking the services up"):
        pages = ec2.get_paginator("describe_vpc_endpoint_services").paginate(ServiceNames=names)
        found = {each["ServiceName"]: each for page in pages for each in page["ServiceDetails"]}
    missing = [each for each in names if each not in found]
    if missing:
        raise NotConnectedError(f"looking the services up: there is no {', '.join(missing)}")
    return found


def _endpoints(ec2: Any, offers: Sequence[Offer], subnets: Sequence[network.Subnet]) -> dict[str, endpoints.Endpoint]:
    """The endpoint to each service, by its name; all subnets are chosen before the first is created."""
    shown, standing = (
        _looked_up(ec2, offers),
        endpoints.find(ec2, subnets[0].vpc, [each.service_name for each in offers]),
    )
    places = {
        each.service_name: network.chosen(each, shown[each.service_name], subnets)
        for each in offers
        if each.service_name not in standing
    }
    return {**standing, **{name: endpoints.create(ec2, name, subnet) for name, subnet in places.items()}}


def _accept(ec2: Any, offers: Sequence[Offer], made: Mapping[str, endpoints.Endpoint]) -> None:
    """Accepts what waits for it; somebody else may have accepted it meanwhile, which `wait` finds out."""
    for offer in offers:
        endpoint = made[offer.service_name]
        if endpoints.state(endpoint) in ("pendingacceptance", "rejected"):
            with doing(f"accepting {endpoint['VpcEndpointId']} with the role"):
                answer = ec2.accept_vpc_endpoint_connections(
                    ServiceId=offer.service_id, VpcEndpointIds=[endpoint["VpcEndpointId"]]
                )
            for failed in answer.get("Unsuccessful", []):
                error = failed["Error"]
                if error["Code"] != "InvalidState":
                    raise NotConnectedError(f"accepting {failed['ResourceId']}: {error['Message']}", error["Code"])
