"""EC2's resources for the Resource Groups Tagging API, with those that moto leaves out of them.

Source: Service Authorization Reference, "Resource types defined by Amazon EC2" (the ARNs).
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from moto.core.resource_tagging import TaggedResource
from moto.ec2.models import EC2Backend

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.ec2.endpoint_services import EndpointService
from sandbox.services.ec2.security_groups import all_rules
from sandbox.stepfunctions.patching import Seam

SERVICE, RULE = "vpc-endpoint-service", "security-group-rule"
ORIGINAL: Final[Callable[[Any], Iterator[TaggedResource]]] = EC2Backend.iter_tagged_resources


def seams() -> list[Seam]:
    return [Seam(EC2Backend, "iter_tagged_resources", _resources)]


def _resources(ec2: Any) -> Iterator[TaggedResource]:
    yield from ORIGINAL(ec2)
    services: dict[str, EndpointService] = ec2.configurations
    for each in services.values():
        if each.deleted_at is None:
            yield _tagged(ec2, SERVICE, each.id)
    for rule in all_rules(ec2):
        yield _tagged(ec2, RULE, rule.id)


def _tagged(ec2: Any, kind: str, of: str) -> TaggedResource:
    arn = f"arn:aws:ec2:{ec2.region_name}:{ACCOUNT}:{kind}/{of}"
    return TaggedResource(arn=arn, tags=dict(ec2.tags.get(of, {})), resource_type=f"ec2:{kind}")
