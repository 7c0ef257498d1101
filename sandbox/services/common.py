"""What the corrections of every service share: refusing, paging, filters, and the moment at which time catches up.

A correction is a subclass of moto's own response class: it overrides the operations that moto answers otherwise than
AWS does, or adds those that moto lacks, and keeps its resources in moto's own backends, so that whatever else reads
them there (tags, the tagging API) still finds them. Nothing here runs on timers: every request first settles what has
come due since the last one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Protocol, TypeVar

from moto.backends import get_backend
from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT

T = TypeVar("T")
Filters = Mapping[str, Sequence[str]]


class Refused(ServiceException):
    """A refusal, by the wire code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        if code not in errors.COMMON_ERROR_CODES:
            # moto warns about a code that the service's model does not list; some are listed in no model
            errors.COMMON_ERROR_CODES.append(code)


class Response(Protocol):
    """What a correction uses of moto's response class and of `Corrected`: the request, the account, and the time.

    Corrections are mixed into a class that moto completes, so each declares its `self` as what it will be part of.
    """

    region: str
    conditions: ClassVar[Conditions]

    def now(self) -> float: ...

    def _get_param(self, param_name: str, if_none: Any = None) -> Any: ...

    def _get_params(self) -> dict[str, Any]: ...


class Corrected:
    """Mixed in before moto's response class; `install` binds the account's conditions and what settles it."""

    conditions: ClassVar[Conditions]
    settle: ClassVar[Callable[[str], None]]
    region: str

    def _authenticate_and_authorize_normal_action(self, resource: str) -> None:
        # moto calls this at the moment at which it carries a request out, after whatever time the request took
        type(self).settle(self.region)
        super()._authenticate_and_authorize_normal_action(resource)  # type: ignore[misc]  # moto's class follows

    def now(self) -> float:
        return self.conditions.now()


class Answer(ActionResult):
    """A result that has the API's own member names throughout.

    Moto tries every member of every structure under several names and against every transformer; here it need not,
    which makes a long list a third cheaper.
    """

    def execute_result(self, context: Any) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model, value_picker=_member)
        done = serializer.serialize(self.result)
        return done["status_code"], done["headers"], done["body"]


def _member(context: Any) -> Any:
    return context.obj.get(context.key)


def backend(service: str, region: str) -> Any:
    """Moto's backend of a service; IAM's is global."""
    return get_backend(service)[ACCOUNT]["aws" if service == "iam" else region]


def live_regions(service: str) -> list[str]:
    """Regions in which anything of a service was touched."""
    return list(get_backend(service)[ACCOUNT])


def page(items: Sequence[T], limit: int, token: str | None) -> tuple[list[T], str | None]:
    """One page and the token of the next; the token is an offset, opaque to clients."""
    start = int(token) if token and token.isdigit() else 0
    following = start + limit
    return list(items[start:following]), str(following) if following < len(items) else None


def tags_of(pairs: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {pair["Key"]: pair.get("Value", "") for pair in pairs or ()}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def matches(value: object, patterns: Sequence[str]) -> bool:
    """Whether a filter's values admit this one; EC2 filters know * and ? (Using_Filtering)."""
    values = value if isinstance(value, (list, tuple, set)) else [value]
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in values if each is not None]
    return any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)


def selected(items: Iterable[T], filters: Filters, fields: Mapping[str, Callable[[T], object]]) -> list[T]:
    """Those items that every filter admits; a filter that the operation does not have is refused."""
    for name in filters:
        if name not in fields and not name.startswith("tag:"):
            raise Refused("InvalidParameterValue", f"The filter '{name}' is invalid.")
    return [item for item in items if all(_admitted(item, *each, fields) for each in filters.items())]


def _admitted(item: T, name: str, patterns: Sequence[str], fields: Mapping[str, Callable[[T], object]]) -> bool:
    if name.startswith("tag:"):
        tags = fields["tags"](item)
        return isinstance(tags, dict) and name[4:] in tags and matches(tags[name[4:]], patterns)
    return matches(fields[name](item), patterns)


def valid(pattern: str, text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None
