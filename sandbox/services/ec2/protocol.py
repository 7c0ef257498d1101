"""What the corrections of EC2 use of the response object that carries out one request."""

from collections.abc import Sequence
from typing import Any, Protocol

from moto.core.responses import ActionResult

from sandbox.services.common import Response
from sandbox.services.ec2.endpoint_services import EndpointService

Failure = dict[str, object]


class Ec2Response(Response, Protocol):
    """Moto's EC2Response, and the look-ups that the corrections share."""

    @property
    def ec2_backend(self) -> Any: ...

    def error_on_dryrun(self) -> None: ...

    def _filters_from_querystring(self) -> dict[str, list[str]]: ...

    def _active_balancer(self, arn: str) -> Any: ...

    def _listed(self, service_id: str) -> EndpointService: ...

    def _live(self, service_id: str) -> EndpointService: ...

    def _view(self, service: EndpointService) -> dict[str, object]: ...

    def _delete(self, service_id: str) -> Failure | None: ...

    def _answer(self, from_states: Sequence[str], meanwhile: str | None, into: str, latency: str) -> ActionResult: ...

    def _security_group(self, group_id: str | None) -> Any: ...
