"""Each call goes both ways, straight and over the wire, and the two are compared."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from botocore.endpoint import Endpoint
from botocore.parsers import create_parser
from botocore.session import Session
from moto.core.request import normalize_request
from moto.core.responses import ActionResult, BaseResponse

from sandbox import wire
from sandbox.stepfunctions.patching import Seam, patched
from sandbox.wire import replies, requests
from sandbox.wire.clients import MODELS

WRITTEN: Final = Endpoint.create_request
STRAIGHT: Final = requests.create_request(WRITTEN)
READ: Final = replies.read_directly
BOTOCORE: Final = Session()
BOTOCORE.register_component("data_loader", MODELS)


@contextmanager
def compared() -> Iterator[None]:
    seams = [Seam(Endpoint, "create_request", _request), Seam(replies, "read_directly", _result)]
    with wire.install(), patched(seams):
        yield


def _request(this: Endpoint, params: Mapping[str, Any], operation_model: Any = None) -> Any:
    request = STRAIGHT(this, params, operation_model)
    if isinstance(request, requests.ClientRequest):
        straight, written = requests.ServiceRequest(request), normalize_request(WRITTEN(this, params, operation_model))
        for name in ("method", "url", "raw_url", "form", "values", "args", "content_type", "host"):
            assert getattr(straight, name) == getattr(written, name), name
    return request


def _result(response: Any, result: ActionResult, named: bool) -> Any:
    answer = READ(response, result, named)
    if answer is not None:
        _compare_set_up(response)
        status, headers, found = answer
        assert {**found.members, "status": status, "headers": headers} == _over_the_wire(response, result)
    return answer


def _compare_set_up(response: Any) -> None:
    """Every attribute that moto would set is as moto would have set it."""
    other = type(response)()
    BaseResponse.setup_class(other, response.normalized_request, response.uri)
    own, set_by_moto = vars(response), vars(other)
    assert own["response_headers"].keys() == set_by_moto.pop("response_headers").keys()  # one is the time
    for name, value in set_by_moto.items():
        assert own.get(name, "missing") == value, name


def _over_the_wire(response: Any, result: ActionResult) -> dict[str, Any]:
    status, headers, body = BaseResponse.serialized(response, result)
    service = BOTOCORE.get_service_model(response.boto3_service_name)
    message = {"status_code": status, "headers": headers, "body": body.encode(), "context": {}}
    shape = service.operation_model(response._get_action()).output_shape
    parser = create_parser(service.resolved_protocol)
    parsed = parser.parse(message, shape)  # type: ignore[arg-type]  # an operation without output has no shape
    about = parsed.pop("ResponseMetadata")
    assert ("RequestId" in about, about["HTTPStatusCode"]) == (True, status)
    return {**parsed, "status": status, "headers": headers}
