"""What the corrections of all services share: refusals, pages, filters, and the changes that are due.

A correction is a subclass of moto's response class: it overrides the operations that moto answers differently from AWS,
or adds those that moto lacks. Its resources stay in moto's backends, so that other services (tags, the tagging API)
find them there. There are no timers: every request first applies the changes that are due since the last one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any, ClassVar, Final, Protocol, TypeVar

from moto.backends import get_backend
from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

from sandbox.callers import Caller, calling
from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services import tagging
from sandbox.wire import replies
from sandbox.wire.requests import ServiceRequest, set_up

JSON: Final = frozenset({"dynamodb", "events", "pricing", "stepfunctions"})
"""The services whose protocol is JSON."""
T = TypeVar("T")
Filters = Mapping[str, Sequence[str]]


class Refused(ServiceException):
    """An error answer, by the code on the wire; `status` is HTTP's, if not the one that the service's model has."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(code, message)
        self.status = status
        if code not in errors.COMMON_ERROR_CODES:
            # moto warns about a code that the service's model does not list; some are listed in no model
            errors.COMMON_ERROR_CODES.append(code)


class Response(Protocol):
    """What a correction uses of moto's response class and of `Corrected`: the request, the account, and the time.

    A mixin has none of these itself, so its methods declare `self` as the class that they become part of.
    """

    region: str
    conditions: ClassVar[Conditions]
    caller: Caller

    def now(self) -> float: ...

    def _get_param(self, param_name: str, if_none: Any = None) -> Any: ...

    def _get_params(self) -> dict[str, Any]: ...


class Corrected:
    """Mixed in before moto's response class; `install` sets the account's conditions and `settle`."""

    conditions: ClassVar[Conditions]
    settle: ClassVar[Callable[[str], None]]
    region: str
    caller: Caller

    def _authenticate_and_authorize_normal_action(self, resource: str) -> None:
        # moto calls this when it carries a request out, after the request's latency has passed
        type(self).settle(self.region)
        self._refuse_tags()
        super()._authenticate_and_authorize_normal_action(resource)  # type: ignore[misc]  # moto's class follows

    def _refuse_tags(self) -> None:
        """Has the operation raise what the service says of the request's tags: moto answers what that raises."""
        moto: Any = self
        action = moto._get_action()
        if action.startswith(tagging.OPERATIONS):
            refused = tagging.refusal(moto.service_name, moto._get_params())
            if refused is not None:
                setattr(self, camelcase_to_underscores(action), partial(_raise, Refused(*refused)))

    def setup_class(self, request: Any, full_url: Any = None, *rest: Any, **named: Any) -> None:
        if isinstance(request, ServiceRequest):
            set_up(self, request, full_url)
        else:
            super().setup_class(request, full_url, *rest, **named)  # type: ignore[misc]
        moto: Any = self
        self.caller = calling(moto.headers, self.conditions.sessions)
        moto.current_account = self.caller.account
        if self.caller.account != ACCOUNT:
            self.conditions.enter(self.caller.account, self.region)

    def get_current_account(self) -> str:
        """Moto's own looks the key up among those that moto gave out."""
        moto: Any = self
        return calling(moto.headers, self.conditions.sessions).account

    def serialized(self, result: ActionResult) -> Any:
        """The result itself for a client in this process, and XML for any other."""
        direct = replies.read_directly(self, result, isinstance(result, Answer))
        if direct is not None:
            return direct
        status, headers, body = super().serialized(result)  # type: ignore[misc]
        told = result.result.status if isinstance(result.result, Refused) else None
        return told or status, headers, body

    def now(self) -> float:
        return self.conditions.now()


class Answer(ActionResult):
    """A result that has the API's own member names throughout.

    Moto looks for every member of a structure under several names and tries every transformer. Without that, a long
    list takes a third less time.
    """

    def execute_result(self, context: Any) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model, value_picker=_member)
        done = serializer.serialize(self.result)
        return done["status_code"], done["headers"], done["body"]


def _member(context: Any) -> Any:
    return context.obj.get(context.key)


def _raise(refused: Refused) -> None:
    raise refused


def is_json(service: str) -> bool:
    return service in JSON


@cache
def _backends(service: str) -> Any:
    """Moto's own table of them: one for all accounts of a process. Moto imports it anew for each question."""
    return get_backend(service)


def backend(service: str, region: str, account: str = ACCOUNT) -> Any:
    """Moto's backend of a service; IAM's is global.

    One that is there is taken as it is: moto asks with each look whether there has to be one, under a lock.
    """
    backends, place = _backends(service), "aws" if service == "iam" else region
    of_account = dict.get(backends, account)
    there = None if of_account is None else dict.get(of_account, place)
    return backends[account][place] if there is None else there


def every_backend(service: str, region: str) -> list[Any]:
    """Those of all accounts that are there."""
    return [each for of_account in dict.values(_backends(service)) if (each := dict.get(of_account, region))]


def added_tags(service: str, region: str) -> dict[str, set[str]]:
    """The keys of the tags that were put on a resource after its creation, by its id or ARN.

    They stay in here when they are taken off: the audit asks for those that are there.
    """
    found: dict[str, set[str]] = backend(service, region).__dict__.setdefault("added_tags", {})
    return found


def live_regions(service: str) -> list[str]:
    """The Regions in which a service has been used."""
    return list(dict.get(_backends(service), ACCOUNT, ()))


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
    """Whether the value matches one of a filter's, which may contain * and ? (EC2, Using_Filtering)."""
    values = value if isinstance(value, (list, tuple, set)) else [value]
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in values if each is not None]
    return any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)


def selected(items: Iterable[T], filters: Filters, fields: Mapping[str, Callable[[T], object]]) -> list[T]:
    """The items that every filter matches. Raises Refused for a filter that the operation does not have."""
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
