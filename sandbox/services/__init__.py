"""The services of a sandbox account: moto, corrected where AWS differs.

`install` puts the corrected response classes behind moto's URLs, where in-process clients and moto's HTTP server find
them alike, and takes them away again. Moto's ids are seeded with the account's seed, so a run repeats exactly.
"""

import sandbox.wire.clients  # noqa: F401  first, as it imports moto's EC2 at a smaller price

# isort: split
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

from moto import settings
from moto.backends import get_backend
from moto.core import serialize
from moto.dynamodb import urls as dynamodb_urls
from moto.ec2 import urls as ec2_urls
from moto.elasticache import urls as elasticache_urls
from moto.elb import urls as elb_urls
from moto.events import urls as events_urls
from moto.iam import urls as iam_urls
from moto.moto_api._internal import mock_random
from moto.sts import urls as sts_urls

from sandbox.conditions import Conditions
from sandbox.services import dynamodb, pricing, remembered
from sandbox.services.dynamodb import DynamoDb
from sandbox.services.ec2 import endpoint_services, interface_endpoints, interfaces, tagged
from sandbox.services.ec2.responses import Ec2
from sandbox.services.elasticache import ElastiCache
from sandbox.services.elasticache import state as elasticache_state
from sandbox.services.elbv2 import ElasticLoadBalancing
from sandbox.services.elbv2 import state as elbv2_state
from sandbox.services.events import Events
from sandbox.services.iam import Iam
from sandbox.services.pricing import urls as pricing_urls
from sandbox.services.pricing.responses import Pricing
from sandbox.services.sts import Sts
from sandbox.services.xml import unparse
from sandbox.stepfunctions.patching import patched

SERVICES: Final = ("dynamodb", "ec2", "elbv2", "elasticache", "iam")
ROUTED: Final = (
    (dynamodb_urls, DynamoDb),
    (ec2_urls, Ec2),
    (elasticache_urls, ElastiCache),
    (events_urls, Events),
    (iam_urls, Iam),
    (pricing_urls, Pricing),
    (sts_urls, Sts),
)


def settle(region: str, conditions: Conditions) -> None:
    """Apply every change that is due by now."""
    elasticache_state.settle(region, conditions)
    elbv2_state.settle(region, conditions)
    endpoint_services.settle(region, conditions)
    interface_endpoints.settle(region, conditions.now())
    interfaces.settle(region, conditions.now())


@contextmanager
def install(conditions: Conditions) -> Iterator[None]:
    """While entered, moto's services answer with the corrections."""
    undo: list[Callable[[], None]] = []
    mock_random.seed(conditions.seed)
    try:
        undo.append(pricing.register())
        for urls, corrected in ROUTED:
            undo.append(_route(urls, _bound(corrected, conditions)))
        undo.append(_replace(elb_urls, "ELBV2Response", _bound(ElasticLoadBalancing, conditions)))
        # loading thousands of machine images takes longer than everything else, and no instance runs here
        undo.append(_replace(settings, "ec2_load_default_amis", lambda: False))
        # xmltodict takes longer to write a list of ninety resources than the service to find them
        undo.append(_replace(serialize, "xmltodict", SimpleNamespace(unparse=unparse)))
        with patched([*remembered.seams(), *dynamodb.seams(), *tagged.seams()]):
            yield
    finally:
        # moto's own reset would make new backends first, only to reset those
        for service in SERVICES:
            get_backend(service).clear()
        for each in reversed(undo):
            each()


def _bound(corrected: type, conditions: Conditions) -> Any:
    """The class with this account's conditions; moto makes an instance for each request."""

    def settle_region(region: str) -> None:
        settle(region, conditions)

    return type(corrected.__name__, (corrected,), {"conditions": conditions, "settle": staticmethod(settle_region)})


def _route(urls: Any, corrected: Any) -> Callable[[], None]:
    original = dict(urls.url_paths)
    for path in original:
        urls.url_paths[path] = corrected.dispatch
    return lambda: urls.url_paths.update(original)


def _replace(owner: Any, name: str, value: object) -> Callable[[], None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    return lambda: setattr(owner, name, original)
