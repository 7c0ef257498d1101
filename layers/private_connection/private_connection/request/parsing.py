"""Reads the inputs of the state machines: any JSON becomes a request, or one error that names every wrong field."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from private_connection.contracts import Contract, Document
from private_connection.request.advice import about_key, advice
from private_connection.request.contradictions import contradictions, contradictions_of_removal
from private_connection.request.findings import Finding, finding, refuse, shown, shown_key
from private_connection.request.models import ConnectionRequest, OnFailure, ProvisionRequest, Repair
from private_connection.request.removal import TeardownRequest
from private_connection.request.sweeping import SweepRequest

WHOLE = "(the input)"
"""The field of what is wrong with the input as a whole."""
Request = TypeVar("Request", bound=BaseModel)


def parse_request(document: object) -> ProvisionRequest:
    """Reads the input of ``provision``. Raises `InvalidRequest` for anything that is not one."""
    request = _parse(ProvisionRequest, document)
    refuse(contradictions(request))
    return request


class Asked(Contract):
    """The input of ``provision`` with its defaults: what the connection shall be, and what is said of the run."""

    request: ConnectionRequest
    on_failure: OnFailure
    repair: Repair | None
    """Null but for a run that repairs a connection which is registered."""
    plan: bool
    """Whether nothing shall be changed, and only told what would be."""


def read_request(document: Document) -> Asked:
    """Reads the input of ``provision``, with no call. A repair that fails keeps what it made, whatever is asked.

    Raises `InvalidRequest` naming each field that is wrong.
    """
    asked = parse_request(document.root)
    request = ConnectionRequest(**{name: getattr(asked, name) for name in ConnectionRequest.model_fields})
    on_failure = "keep" if asked.repair else asked.on_failure
    return Asked(request=request, on_failure=on_failure, repair=asked.repair, plan=asked.plan)


def read_teardown(document: Document) -> TeardownRequest:
    """Reads the input of ``teardown``, with no call. Raises `InvalidRequest` naming each field that is wrong."""
    request = _parse(TeardownRequest, document.root)
    refuse(contradictions_of_removal(request))
    return request


def parse_sweep(document: object) -> SweepRequest:
    """Reads the input of ``reconcile``. A list is the messages of a queue, of which none is read: each tells that
    something may have changed. Raises `InvalidRequest` naming each field that is wrong.
    """
    return SweepRequest() if isinstance(document, list) else _parse(SweepRequest, document)


def _parse(model: type[Request], document: object) -> Request:
    if not isinstance(document, dict):
        needed = ", ".join(str(field.alias) for field in model.model_fields.values() if field.is_required())
        remedy = f"send an object with {needed}" if needed else "send {}"
        refuse([finding("NOT_AN_OBJECT", WHOLE, shown(document), "a JSON object", remedy)])
    unknown = list(_unknown_keys(model, document))
    try:
        request = model.model_validate_json(json.dumps(document))
    except ValidationError as error:
        told = (each for each in error.errors(include_url=False) if each["type"] != "extra_forbidden")
        refuse([*(_of_shape(model, detail) for detail in told), *unknown])
        raise
    refuse(unknown)
    return request


def _unknown_keys(model: type[BaseModel], document: object, *path: str) -> Iterator[Finding]:
    """A finding for each key that is no alias of the model's. Pydantic passes over a field's own name in JSON.

    These are told last: there may be any number of them, and only the first findings are told.
    """
    known = _fields(model)
    for key, value in document.items() if isinstance(document, dict) else ():
        if key not in known:
            field = ".".join(map(shown_key, (*path, key)))
            yield finding(
                "UNKNOWN_KEY", field, "an unknown key", f"one of {', '.join(known)}", about_key(key, list(known))
            )
        for kind in _models_of(known.get(key)):
            yield from _unknown_keys(kind, value, *path, key)


def _of_shape(model: type[BaseModel], detail: ErrorDetails) -> Finding:
    path = [str(part) for part in detail["loc"] if part != "[key]"]
    field = ".".join(map(shown_key, path)) or WHOLE
    expected = _description(model, path) or detail["msg"]
    if detail["type"] == "missing":
        return finding("MISSING_KEY", field, "nothing", expected, "add it")
    remedy = advice(".".join(_without_places(path)), detail["input"]) or _change(detail)
    return finding("WRONG_VALUE", field, shown(detail["input"]), expected, remedy)


def _change(detail: ErrorDetails) -> str:
    """The remedy that Pydantic's message has; of too many it names Python's types."""
    if detail["type"] == "too_long":
        return f"take away all but {detail['ctx']['max_length']} of the {detail['ctx']['actual_length']}"
    return f"change it ({detail['msg'][0].lower()}{detail['msg'][1:]})"


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """The type of each field, by the key that users write."""
    return {str(field.alias): field.annotation for field in model.model_fields.values()}


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind


def _description(model: type[BaseModel], path: Sequence[str]) -> str | None:
    """What the model says of a field; an element of a list or of a mapping has the whole's."""
    said: str | None = None
    for name in _without_places(path):
        field = next((each for each in model.model_fields.values() if each.alias == name), None)
        if field is None:
            return None
        said, within = field.description, next(_models_of(field.annotation), None)
        if within is None:
            return said
        model = within
    return said


def _without_places(path: Sequence[str]) -> list[str]:
    """The names in a path, without the places in lists."""
    return [part for part in path if not part.isdigit()]
