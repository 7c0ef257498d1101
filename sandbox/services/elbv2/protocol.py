"""What the corrections of Elastic Load Balancing use of the response object that carries out one request."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sandbox.services.common import Response
from sandbox.services.elbv2.health import Health
from sandbox.services.elbv2.state import Registration


class ElbResponse(Response, Protocol):
    """Moto's ELBV2Response, and the look-ups that the corrections share."""

    @property
    def elbv2_backend(self) -> Any: ...

    def _visible(self, arn: str) -> Any: ...

    def _listed(self, arn: str) -> bool: ...

    def _existing(self, arn: str) -> Any: ...

    def _listener(self, arn: str) -> Any: ...

    def _target_group(self, arn: str) -> Any: ...

    def _check_targets(self, balancer: Any, protocol: str | None, actions: Sequence[Mapping[str, Any]]) -> None: ...

    def _drain(self, group: Any, members: dict[tuple[str, int], Registration], key: tuple[str, int]) -> None: ...

    def _health(self, group: Any, member: Registration | None) -> Health: ...
