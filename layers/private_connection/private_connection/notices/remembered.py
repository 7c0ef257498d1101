"""What events say and an item remembers, so that it is said once: findings, and what became of endpoints."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from private_connection.contracts import Contract
from private_connection.request.codes import Level


class ToldFinding(Contract, json_schema_serialization_defaults_required=True):
    """A finding without its message."""

    code: str
    level: Level | None = None
    """Null for what a sweep found, which has no levels."""
    field: str | None = None
    """The field of the request that it is about; null for what a sweep found."""
    node: str | None = None
    """The node that a sweep found it at; null where it is about none."""


class EndpointChange(Contract):
    """An endpoint at one of the connection's services, and what is new about it."""

    endpoint_id: str
    node: str
    service_id: str
    owner: str
    """The account that it belongs to."""
    stranger: bool
    """Whether that is another account than Ververica's."""
    change: Literal["new", "changed", "gone"]
    state: str | None
    """As EC2 has it, such as available; null if it is gone."""
    former_state: str | None
    """Null if it is new."""


def told_findings(findings: Iterable[Mapping[str, Any]]) -> tuple[ToldFinding, ...]:
    """Findings of a hand-off, given as JSON, each code and field once, in order."""
    told = {(each["code"], each["field"]): each["level"] for each in findings}
    return tuple(ToldFinding(code=code, level=told[code, field], field=field) for code, field in sorted(told))
