"""The judge on the service's side: what each call of ours does to whom a service admits, and to who is connected.

It looks at the services right before and right after every call with which a function changes something, and asks
nothing of the run: whatever becomes of it, its calls

- allow nobody but the one account that is asked for, and turn off no acceptance;
- allow it on no service whose targets have never been healthy, or that accepts whoever asks;
- accept nobody: a connection of another account comes up because its owner had it accepted.

Nothing here calls an API, and nothing is of the product.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.authorization.enforcement import caller
from sandbox.conditions import READS
from sandbox.gateway import Call
from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import EndpointService, services
from sandbox.services.elbv2.health import health
from sandbox.services.elbv2.state import forwards_to, timeline

CHANGING: Final = ("ec2", "elbv2")
"""The services whose calls are looked at: no other's can change an endpoint service."""
UP: Final = ("pending", "available")


@dataclass(frozen=True)
class Offer:
    """A service at one moment."""

    principals: frozenset[str]
    acceptance_required: bool
    connections: Mapping[str, str]
    """The state in which each connection ends, by endpoint."""


NOTHING: Final = Offer(frozenset(), acceptance_required=True, connections={})
Offers = Mapping[str, Offer]


class Watch:
    """Of one account. `problems` are sentences."""

    def __init__(self, account: Account) -> None:
        self.problems: list[str] = []
        self._account, self._region = account, account.world.region
        self._principal: str = account.template.resolve.parameter("VervericaPrincipal")
        self._before: Offers | None = None
        self._offered = {each for each, offer in self._offers().items() if offer.principals}
        """The services that somebody was allowed on before anything was judged."""
        self._seen = set[str]()
        """The target groups that had a healthy target when a function looked."""

    def asked(self, request: Request) -> None:
        """A guard of the gateway: the call is about to be carried out."""
        self._before = None
        if caller.get() is not None and request.service in CHANGING and not request.operation.startswith(READS):
            self._before = self._offers()

    def answered(self, call: Call) -> None:
        """A listener of the gateway: the call has been carried out, or refused."""
        before, self._before = self._before, None
        if call.operation == "DescribeTargetHealth" and self._serves(call.parameters["TargetGroupArn"]):
            self._seen.add(call.parameters["TargetGroupArn"])
        if before is not None:
            for name, after in self._offers().items():
                told = f"{call.operation} on {name}"
                self.problems += [f"{told}: {each}" for each in self._wrong(name, before.get(name, NOTHING), after)]

    def _wrong(self, name: str, before: Offer, after: Offer) -> Iterator[str]:
        added = after.principals - before.principals
        if added - {self._principal}:
            yield f"allows {', '.join(sorted(added - {self._principal}))}"
        if before.acceptance_required and not after.acceptance_required:
            yield "accepts whoever asks"
        if added and not after.acceptance_required:
            yield f"allows {', '.join(sorted(added))} while it accepts whoever asks"
        if added and not self._was_healthy(name):
            yield f"allows {', '.join(sorted(added))} and its targets have never been healthy"
        for endpoint, state in after.connections.items():
            if state in UP and before.connections.get(endpoint) not in UP:
                yield f"brings {endpoint} up"

    def _offers(self) -> Offers:
        found = services(self._region).values()
        return {each.id: _offer(each) for each in found if each.deleted_at is None}

    def _was_healthy(self, name: str) -> bool:
        """Whether each target group behind the service has, or had, a healthy target, and there is one."""
        if name in self._offered:
            return True
        balancers = backend("elbv2", self._region).load_balancers
        found = [balancers[arn] for arn in services(self._region)[name].network_load_balancer_arns if arn in balancers]
        groups = [arn for each in found for listener in each.listeners.values() for arn in forwards_to(listener)]
        return bool(groups) and all(each in self._seen or self._serves(each) for each in groups)

    def _serves(self, target_group: str) -> bool:
        elbv2, now = backend("elbv2", self._region), self._account.clock.now()
        if target_group not in elbv2.target_groups:
            return False
        group, members = elbv2.target_groups[target_group], timeline(elbv2).targets.get(target_group, {}).values()
        return any(health(self._region, group, each, now).state == "healthy" for each in members)


def _offer(service: EndpointService) -> Offer:
    connections = {name: each.will_be for name, each in service.connections.items()}
    return Offer(frozenset(service.principals), service.acceptance_required, connections)


@contextmanager
def watched(account: Account) -> Iterator[list[str]]:
    """While entered, the calls of the account's functions are judged; the list has what was wrong so far."""
    watch, gateway = Watch(account), account.gateway
    gateway.guards.insert(0, watch.asked)
    gateway.listeners.append(watch.answered)
    try:
        yield watch.problems
    finally:
        gateway.listeners.remove(watch.answered)
        gateway.guards.remove(watch.asked)
