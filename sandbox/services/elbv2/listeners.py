"""Listeners of load balancers (API reference of Elastic Load Balancing, CreateListener)."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services.common import Refused, page
from sandbox.services.elbv2.balancers import PAGE, invalid
from sandbox.services.elbv2.protocol import ElbResponse
from sandbox.services.elbv2.state import forget_listener, forwards_to, listeners_of, targets_of, timeline

# listener protocol of a Network Load Balancer: protocols of its target groups (CreateListener)
COMPATIBLE = {"TCP": ("TCP", "TCP_UDP"), "TLS": ("TCP", "TLS"), "UDP": ("UDP", "TCP_UDP"), "TCP_UDP": ("TCP_UDP",)}
NOT_FOUND = "One or more listeners not found"


class Listeners:
    """Mixed into the corrected ELBv2 responses."""

    def create_listener(self: ElbResponse) -> ActionResult:
        p, elbv2 = self._get_params(), self.elbv2_backend
        balancer = self._existing(p["LoadBalancerArn"])
        _check_port(p)
        existing = next((each for each in balancer.listeners.values() if int(each.port) == int(p["Port"])), None)
        if existing is not None:
            return ActionResult({"Listeners": [_same_or_refused(existing, p)]})
        if len(balancer.listeners) >= self.conditions.quotas.listeners_per_network_load_balancer:
            raise Refused("TooManyListeners", "The maximum number of listeners has been reached")
        self._check_targets(balancer, p.get("Protocol"), p.get("DefaultActions", []))
        made = ELBV2Response.create_listener(self).result["Listeners"][0]
        timeline(elbv2).listeners[made.arn] = self.now()
        return ActionResult({"Listeners": [made]})

    def _check_targets(
        self: ElbResponse, balancer: Any, protocol: str | None, actions: Sequence[Mapping[str, Any]]
    ) -> None:
        """That the target groups exist, speak the protocol, share the VPC, and serve no other load balancer."""
        for arn in [arn for action in actions for arn in targets_of(dict(action))]:
            group = self._target_group(arn)
            if balancer.type == "network" and group.protocol not in COMPATIBLE.get(protocol or "", ()):
                message = f"Target group '{arn}' of protocol {group.protocol} does not go with a {protocol} listener"
                raise Refused("IncompatibleProtocols", message)
            if group.vpc_id != balancer.vpc_id:
                message = f"Target group '{arn}' is in another VPC than the load balancer"
                raise Refused("InvalidConfigurationRequest", message)
            others = {each.load_balancer_arn for each in listeners_of(self.elbv2_backend, arn)} - {balancer.arn}
            if others:
                message = f"Target group '{arn}' is already associated with another load balancer"
                raise Refused("TargetGroupAssociationLimit", message)

    def modify_listener(self: ElbResponse) -> ActionResult:
        p = self._get_params()
        listener = self._listener(p["ListenerArn"])
        balancer = self._existing(listener.load_balancer_arn)
        self._check_targets(balancer, p.get("Protocol", listener.protocol), p.get("DefaultActions", []))
        times = timeline(self.elbv2_backend)
        for arn in forwards_to(listener):
            times.released[arn] = self.now() + self.conditions.draw("target_group_release")
        times.listeners[listener.arn] = self.now()
        return ELBV2Response.modify_listener(self)

    def _listener(self: ElbResponse, arn: str) -> Any:
        for balancer in self.elbv2_backend.load_balancers.values():
            if arn in balancer.listeners:
                return balancer.listeners[arn]
        raise Refused("ListenerNotFound", NOT_FOUND)

    def describe_listeners(self: ElbResponse) -> ActionResult:
        arn, arns = self._get_param("LoadBalancerArn"), self._get_param("ListenerArns", [])
        if bool(arn) == bool(arns):
            raise invalid("You must specify either listener ARNs or a load balancer ARN")
        found = list(self._visible(arn).listeners.values()) if arn else [self._listener(each) for each in arns]
        shown, marker = page(found, int(self._get_param("PageSize", PAGE)), self._get_param("Marker"))
        return ActionResult({"Listeners": shown, "NextMarker": marker})

    def delete_listener(self: ElbResponse) -> ActionResult:
        listener = self._listener(self._get_param("ListenerArn"))
        forget_listener(self.elbv2_backend, listener, self.now(), self.conditions)
        return EmptyResult()


def _check_port(p: Mapping[str, Any]) -> None:
    if "Port" not in p:
        raise invalid("A listener port must be specified")
    if not 1 <= int(p["Port"]) <= 65_535:
        raise invalid(f"Listener port must be between 1 and 65535, not {p['Port']}")


def _same_or_refused(existing: Any, p: Mapping[str, Any]) -> Any:
    """The existing listener on that port, if it does the same."""
    asked = [arn for action in p.get("DefaultActions", []) for arn in targets_of(dict(action))]
    if existing.protocol == p.get("Protocol") and asked == forwards_to(existing):
        return existing
    raise Refused("DuplicateListener", f"A listener already exists on port {p['Port']} for this load balancer")
