"""The shape of a request: whatever JSON comes in, a `ProvisionRequest` or one error that names every field that is
wrong.

A problem is told in one form: the field, what was found, what was expected, and what to do about it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from private_connection.contracts import CreateCluster, ProvisionRequest
from private_connection.errors import InvalidRequest, Terminal

CREATED_ID_LIMIT = 40
"""Characters in a replication group's id (ElastiCache API reference, CreateReplicationGroup)."""
NODES_LIMIT = 150
"""Nodes of a connection. A node takes up to 1 KB of an execution's state in provision and 1.2 KB in teardown, and the
state may have 256 KiB (Step Functions quotas).
"""


Request = TypeVar("Request", bound=BaseModel)


class Problem(NamedTuple):
    """What is wrong with one field of a request."""

    field: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}; expected {self.expected}; remedy: {self.remedy}"


def refuse(problems: Sequence[Problem], kind: type[Terminal] = InvalidRequest) -> None:
    """Raises ``kind`` with all ``problems`` in its message, if there are any."""
    if problems:
        raise kind("validating request: " + " | ".join(map(str, problems)))


def parse_request(document: object) -> ProvisionRequest:
    """Reads the input of ``provision``. Raises `InvalidRequest` for anything that is not one."""
    request = parse(ProvisionRequest, document)
    refuse(list(_contradictions(request)))
    return request


def parse(model: type[Request], document: object) -> Request:
    """Reads the input of a state machine. Raises `InvalidRequest` naming each field that is wrong."""
    if not isinstance(document, dict):
        needed = ", ".join(str(field.alias) for field in model.model_fields.values() if field.is_required())
        refuse([Problem("(the input)", shown(document), "a JSON object", f"send an object with {needed}")])
    try:
        return model.model_validate_json(json.dumps(document))
    except ValidationError as error:
        refuse([_problem(model, detail) for detail in error.errors(include_url=False)])
        raise


def shown(value: object) -> str:
    """A value as the user wrote it, cut after 80 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _problem(model: type[BaseModel], detail: ErrorDetails) -> Problem:
    path = [str(part) for part in detail["loc"]]
    field = ".".join(path)
    if detail["type"] == "extra_forbidden":
        known = ", ".join(_aliases(_model_at(model, path[:-1])))
        return Problem(field, "an unknown key", f"one of {known}", "remove it, or correct its spelling")
    expected = _description(model, path) or detail["msg"]
    if detail["type"] == "missing":
        return Problem(field, "nothing", expected, "add it")
    reason = f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
    return Problem(field, shown(detail["input"]), expected, f"change it ({reason})")


def _model_at(model: type[BaseModel], path: Sequence[str]) -> type[BaseModel]:
    for part in path:
        fields = {field.alias: field.annotation for field in model.model_fields.values()}
        model = next(kind for kind in _models_of(fields.get(part)))
    return model


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind


def _aliases(model: type[BaseModel]) -> list[str]:
    return [str(field.alias) for field in model.model_fields.values()]


def _description(model: type[BaseModel], path: Sequence[str]) -> str | None:
    """What the model says of a field; an element of a list is told by its list."""
    names = [part for part in path if not part.isdigit()]
    fields = _model_at(model, names[:-1]).model_fields.values()
    return next((field.description for field in fields if field.alias == names[-1]), None)


def _contradictions(request: ProvisionRequest) -> Iterator[Problem]:
    """Fields that are right alone and wrong together."""
    create = request.cluster.create
    if request.role.name and request.role.permissions_boundary:
        yield Problem(
            "role.permissionsBoundary",
            f"a boundary beside role.name {shown(request.role.name)}",
            "one of the two: a boundary is set on a role that we create, never on one that exists",
            "remove one of them",
        )
    if create is not None:
        yield from _creation_contradictions(request.cluster.id, create)


def _creation_contradictions(cluster_id: str, create: CreateCluster) -> Iterator[Problem]:
    nodes = create.shards * (1 + create.replicas_per_shard)
    if len(cluster_id) > CREATED_ID_LIMIT:
        yield Problem("cluster.id", f"{len(cluster_id)} characters", "at most 40 for a cluster to create", "shorten it")
    if create.cluster_mode == "disabled" and create.shards > 1:
        yield Problem(
            "cluster.create.shards",
            str(create.shards),
            "1 with cluster.create.clusterMode disabled",
            "set clusterMode to enabled, or shards to 1",
        )
    yield from too_many("cluster.create.shards", nodes)
    if create.subnet_ids and create.subnet_group:
        yield Problem(
            "cluster.create.subnetGroup",
            "both subnetGroup and subnetIds",
            "one of the two, or neither",
            "remove one of them",
        )


def too_many(field: str, nodes: int) -> Iterator[Problem]:
    """What is wrong with a cluster that has more nodes than the state of an execution can carry."""
    if nodes > NODES_LIMIT:
        yield Problem(
            field,
            f"{nodes} nodes in all",
            f"at most {NODES_LIMIT} nodes: a run's state may have 256 KiB (Step Functions), and more would exceed it",
            "take a cluster of fewer nodes",
        )
