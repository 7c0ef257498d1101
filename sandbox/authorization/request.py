"""A request as IAM sees it, and the permissions that it needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.authorization.existence import exists
from sandbox.callers import OWNER, Caller
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import backend, tags_of

PREFIXES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
"""The service's prefix in actions and ARNs, where boto3 has another name for it."""
Context = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Need:
    """An action that must be allowed on a resource, with the keys that AWS supplies to conditions.

    A resource that does not exist has no tags, so a condition on tags denies the request before it fails as not found.
    """

    action: str
    resource: str
    context: Context
    missing: bool = False


@dataclass(frozen=True)
class Request:
    """`service` and `operation` are boto3's names, parameters those of the API."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    by: Caller = OWNER

    @property
    def prefix(self) -> str:
        return PREFIXES.get(self.service, self.service)

    def given(self, name: str) -> list[str]:
        """The values of a parameter that takes one or a list, or none."""
        value = self.parameters.get(name, [])
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]

    def arn(self, resource: str) -> str:
        return self.arn_of(self.prefix, resource)

    def arn_of(self, prefix: str, resource: str) -> str:
        """The ARN of a resource of any service in this account."""
        return f"arn:aws:{prefix}:{'' if prefix == 'iam' else self.region}:{ACCOUNT}:{resource}"

    def need(self, resource: str, *contexts: Context, action: str | None = None) -> Need:
        region: dict[str, str | list[str]] = {"aws:RequestedRegion": self.region}
        if self.service == "ec2":
            region["ec2:Region"] = self.region
        named = action or f"{self.prefix}:{self.operation}"
        return Need(named, resource, {**region, **{key: value for each in contexts for key, value in each.items()}})

    def on(self, arn: str, *contexts: Context, action: str | None = None) -> Need:
        """The action on a resource that has to exist, with the resource's tags."""
        tags = of_resource(_tags(self.service, self.region, arn))
        missing = not tags and not exists(self.service, self.region, arn)
        return replace(self.need(arn, tags, *contexts, action=action), missing=missing)

    @property
    def tags(self) -> dict[str, str]:
        """The tags in the request itself."""
        specified = self.parameters.get("TagSpecifications", [])
        return tags_of(self.parameters.get("Tags") or [tag for each in specified for tag in each["Tags"]])

    @property
    def requested(self) -> Context:
        """The condition keys that the request's tags supply, or the keys of tags that it removes."""
        tags: dict[str, str | list[str]] = {f"aws:RequestTag/{key}": value for key, value in self.tags.items()}
        keys = [*self.tags, *self.given("TagKeys")]
        return {**tags, "aws:TagKeys": keys} if keys else {}


Rule = Callable[[Request], Iterator[Need]]


def of_resource(tags: Mapping[str, str]) -> Context:
    """The condition keys that a resource's tags supply."""
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def _tags(service: str, region: str, arn: str) -> dict[str, str]:
    held = backend(service, region)
    if service == "ec2":
        return dict(held.tags.get(arn.rpartition("/")[2], {}))
    return dict(held.tagging_service.get_tag_dict_for_resource(arn))
