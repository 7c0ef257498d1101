"""A request that no byte is made of: botocore's form becomes moto's as it is."""

import io
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlparse, urlsplit

from moto import backend_index
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.request import Request
from moto.core.utils import get_equivalent_url_in_aws_domain, utcnow
from moto.utilities.utils import get_partition
from werkzeug.datastructures import CombinedMultiDict, ImmutableMultiDict
from werkzeug.http import http_date

Dispatch = Callable[[Request, str, Any], tuple[int, Any, Any]]
patience: ContextVar[float] = ContextVar("patience", default=60.0)
"""Seconds that the client which asks at the moment waits for an answer; botocore's own default is 60."""


class ClientRequest:
    """What stands for botocore's prepared request on its way."""

    stream_output = False

    def __init__(self, url: str, headers: Mapping[str, str], form: Mapping[str, Any]) -> None:
        self.method, self.url, self.headers, self.body = "POST", url, headers, form

    def reset_stream(self) -> None:
        """Nothing was read from it: a retry sends another one."""


def create_request(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Endpoint.create_request`, which signs, encodes and writes; here only for what is no form."""

    def create_request(this: Any, params: Mapping[str, Any], operation_model: Any = None) -> Any:
        patience.set(this.http_session._timeout.read_timeout)
        form = params["body"]
        if not isinstance(form, dict) or params["method"] != "POST":
            return original(this, params, operation_model)
        return ClientRequest(params["url"], params["headers"], form)

    return create_request


class ServiceRequest(Request):
    """A request as moto's requests are. What moto would read from a body is given."""

    def __init__(self, request: ClientRequest) -> None:
        super().__init__(_environ(request))
        form = ImmutableMultiDict({name: str(value) for name, value in request.body.items()})
        nothing = ImmutableMultiDict[str, Any]()
        self.__dict__ |= {  # each a cached property
            "form": form,
            "args": nothing,
            "values": CombinedMultiDict([form]),
            "files": nothing,
            "data": b"",
        }


def _environ(request: ClientRequest) -> dict[str, Any]:
    """What WSGI says of a request."""
    url, signature = urlsplit(request.url), request.headers.get("Authorization")
    return {
        **({"HTTP_AUTHORIZATION": signature} if signature else {}),
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": url.path,
        "QUERY_STRING": "",
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": "443",
        "HTTP_HOST": url.netloc,
        "HTTP_USER_AGENT": request.headers.get("User-Agent", ""),
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": "0",
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(),
    }


def set_up(response: Any, request: ServiceRequest, url: str) -> None:
    """What `BaseResponse.setup_class` finds out from a request, where most of it is known."""
    response.normalized_request, response.is_werkzeug_request = request, False
    response.uri, response.parsed_url, response.method = url, urlparse(url), request.method
    response.path = response.raw_path = response.parsed_url.path
    response.form_data, response.body, response.raw_body = request.form, "", b""
    response.querystring = response.data = {name: [value] for name, value in request.form.items()}
    response.region = response.get_region_from_url(request, url)
    response.partition, response.uri_match = get_partition(response.region), {}
    response.headers = request.headers
    response.response_headers = {"server": "amazon.com", "date": http_date(utcnow())}
    response.parse_parameters(request)
    response.access_key, response.current_account = response.get_access_key(), DEFAULT_ACCOUNT_ID


class Routes:
    """What answers a URL, found as moto finds it, but once: it tries some hundred patterns for each request."""

    def __init__(self) -> None:
        self._known: dict[str, Dispatch] = {}

    def __call__(self, url: str) -> Dispatch:
        if url not in self._known:
            self._known[url] = _found(url)
        return self._known[url]


def _found(url: str) -> Dispatch:
    parts, _ = get_equivalent_url_in_aws_domain(url)
    plain = f"{parts.scheme}://{parts.netloc}{parts.path}"
    for service, pattern in backend_index.backend_url_patterns:
        if pattern.match(plain):
            for each, dispatch in _backend(service).urls.items():
                if re.match(each, plain):
                    return dispatch
    raise LookupError(f"moto has no service at {plain}")


def _backend(service: Any) -> Any:
    """The one whose URLs moto looks up, made if there is none yet."""
    found: Any = get_backend(service)
    if not isinstance(found, BackendDict):
        return found["global"]
    account = found[DEFAULT_ACCOUNT_ID]
    return account["us-east-1" if "us-east-1" in account else "aws"]
