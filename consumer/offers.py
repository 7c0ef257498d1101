"""The hand-off as the other side reads it: what it was given to type in, and nothing that it could not have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consumer.problems import NotConnectedError


@dataclass(frozen=True)
class Offer:
    """A node, under the name that clients know, and the service that leads to it."""

    endpoint: str
    """The node's own DNS name."""
    service_name: str
    service_id: str
    zone_id: str
    """The zone in which the node is: the id that is the same in every account."""


@dataclass(frozen=True)
class Offered:
    role_arn: str
    external_id: str
    region: str
    offers: tuple[Offer, ...]


def read(handoff: Mapping[str, Any]) -> Offered:
    """Raises NotConnectedError for a hand-off that lacks something."""
    try:
        offers = tuple(
            Offer(
                endpoint=str(each["endpoint"]),
                service_name=str(each["serviceName"]),
                service_id=str(each["serviceId"]),
                zone_id=str(each["availabilityZoneId"]),
            )
            for each in handoff["endpoints"]
        )
        return Offered(str(handoff["roleArn"]), str(handoff["workspaceId"]), str(handoff["region"]), offers)
    except (KeyError, TypeError) as error:
        raise NotConnectedError(f"reading the hand-off: it has no {error}, which a hand-off has") from error
