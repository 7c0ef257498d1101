"""A result on its way back to the client that asked for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.parsers import ResponseParserFactory
from botocore.utils import lowercase_dict
from moto.core.botocore_stubber import MockRawResponse
from moto.core.exceptions import HTTPException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from sandbox.wire.reading import Reading, UnsureError
from sandbox.wire.requests import ClientRequest, Routes, ServiceRequest

Answer = tuple[int, Any, Any]
READINGS: Final[dict[tuple[str, str, bool], Reading]] = {}


@dataclass(frozen=True)
class Result:
    """What a client is to read, in place of a body."""

    members: dict[str, Any]
    request_id: str | None
    """None: the one that the headers tell."""


class ClientResponse:
    """What stands for botocore's HTTP response."""

    raw = None

    def __init__(self, status: int, headers: Mapping[str, str], result: Result) -> None:
        self.status_code, self.headers, self.content = status, HeadersDict(headers), result


class Parser(Protocol):
    def parse(self, response: Any, shape: Any) -> Any: ...


class _Parser:
    """A parser that finds most results already read."""

    def __init__(self, original: Callable[[], Parser]) -> None:
        self._original = original

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        result = response["body"]
        if not isinstance(result, Result):
            return self._original().parse(response, shape)
        headers = lowercase_dict(response["headers"])
        about = {
            "RequestId": result.request_id or headers["x-amzn-requestid"],
            "HTTPStatusCode": response["status_code"],
            "HTTPHeaders": headers,
        }
        return {**result.members, "ResponseMetadata": about}


def create_parser(original: Callable[..., Parser]) -> Callable[..., Parser]:
    """`ResponseParserFactory.create_parser`."""
    return lambda this, protocol: _Parser(lambda: original(this, protocol))


def members(service: str, operation: str, body: object) -> Mapping[str, Any]:
    """The members of an operation's output, which a client reads of this body of an answer with status 200."""
    if isinstance(body, Result):
        return body.members
    model = get_service_model(service)
    text = body if isinstance(body, bytes) else str(body).encode()
    parser = ResponseParserFactory().create_parser(model.resolved_protocol)
    read = parser.parse(
        {"status_code": 200, "headers": {}, "body": text}, model.operation_model(operation).output_shape
    )
    return {name: value for name, value in read.items() if name != "ResponseMetadata"}


def answer_request(original: Callable[..., Any], routes: Routes) -> Callable[..., Any]:
    """`BotocoreStubber.__call__`, by which moto answers in place of the network."""

    def call(this: Any, event_name: str, request: Any, **named: Any) -> Any:
        if not isinstance(request, ClientRequest):
            return original(this, event_name, request, **named)
        status, headers, body = _answer(request, routes)
        if isinstance(body, Result):
            return ClientResponse(status, headers, body)
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    return call


def _answer(sent: ClientRequest, routes: Routes) -> Answer:
    request = ServiceRequest(sent)
    try:
        return routes(sent.url)(request, sent.url, request.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def read_directly(response: Any, result: ActionResult, named: bool) -> Answer | None:
    """The answer of a response class in place of a serialised one; None where that has to be written out.

    `named` says that the result has the API's own member names throughout.
    """
    if not isinstance(response.normalized_request, ServiceRequest) or isinstance(result.result, Exception):
        return None
    if not named and type(result) not in (ActionResult, EmptyResult):
        return None
    try:
        members = _reading(response, named)(result.result)
    except UnsureError:
        return None
    own = SerializationContext().request_id if response.boto3_service_name == "ec2" else None
    return 200, {"Content-Type": "text/xml", **response.response_headers}, Result(members, own)


def _reading(response: Any, named: bool) -> Reading:
    key = response.boto3_service_name, response._get_action(), named
    if key not in READINGS:
        service = get_service_model(key[0])
        serializer = get_serializer_class(service.service_name, response.determine_response_protocol(service))
        transformers = {} if named else response.RESPONSE_KEY_PATH_TO_TRANSFORMER
        READINGS[key] = Reading(service.operation_model(key[1]), serializer, transformers, named)
    return READINGS[key]
