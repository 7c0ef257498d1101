"""The hand-off as the other side reads it: what it was given to type in, and nothing that it could not have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consumer.problems import NoHandoffError


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


def read(handoff: Any) -> Offered:
    """Raises NoHandoffError for what is no hand-off, naming what it lacks."""
    rows = _given(handoff, "endpoints")
    if not isinstance(rows, list | tuple) or not rows:
        raise NoHandoffError("reading the hand-off: it has no endpoints")
    return Offered(
        role_arn=str(_given(handoff, "roleArn")),
        external_id=str(_given(handoff, "workspaceId")),
        region=str(_given(handoff, "region")),
        offers=tuple(map(_offer, rows)),
    )


def _offer(row: Any) -> Offer:
    return Offer(
        endpoint=str(_given(row, "endpoint")),
        service_name=str(_given(row, "serviceName")),
        service_id=str(_given(row, "serviceId")),
        zone_id=str(_given(row, "availabilityZoneId")),
    )


def _given(part: Any, key: str) -> Any:
    if not isinstance(part, Mapping) or part.get(key) is None:
        raise NoHandoffError(f"reading the hand-off: it has no {key}")
    return part[key]
