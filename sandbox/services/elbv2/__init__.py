"""Elastic Load Balancing as the account has it: Network Load Balancers whose states and checks take time."""

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services.common import Corrected, added_tags, tags_of
from sandbox.services.elbv2.balancers import AT_ONCE, Balancers, invalid
from sandbox.services.elbv2.listeners import Listeners
from sandbox.services.elbv2.target_groups import TargetGroups
from sandbox.services.elbv2.targets import Targets


class ElasticLoadBalancing(Balancers, TargetGroups, Targets, Listeners, Corrected, ELBV2Response):
    """Corrected responses."""

    def describe_tags(self) -> ActionResult:
        arns = self._get_param("ResourceArns", [])
        if len(arns) > AT_ONCE:
            raise invalid(f"The tags of no more than {AT_ONCE} resources can be described at once")
        for arn in arns:
            self._taggable(arn)
        tags = self.elbv2_backend.tagging_service.get_tag_dict_for_resource
        return ActionResult({"TagDescriptions": [{"ResourceArn": arn, "Tags": tags(arn)} for arn in arns]})

    def add_tags(self) -> ActionResult:
        added, there = added_tags("elbv2", self.region), self.elbv2_backend.tagging_service.get_tag_dict_for_resource
        for arn in self._get_param("ResourceArns", []):
            self._taggable(arn)
            keys = tags_of(self._get_param("Tags")).keys() - there(arn).keys()
            added.setdefault(arn, set()).update(keys)
        return super().add_tags()

    def describe_account_limits(self) -> ActionResult:
        """The limits of the account that a world can set (API reference, Limit; ``Max`` is text there)."""
        quotas = self.conditions.quotas
        limits = {
            "listeners-per-network-load-balancer": quotas.listeners_per_network_load_balancer,
            "network-load-balancers": quotas.network_load_balancers,
            "target-groups": quotas.target_groups,
            "targets-per-target-group": quotas.targets_per_target_group,
        }
        return ActionResult({"Limits": [{"Name": name, "Max": str(most)} for name, most in limits.items()]})

    def _taggable(self, arn: str) -> Any:
        kind = arn.rpartition(":")[2].partition("/")[0]
        if kind == "targetgroup":
            return self._target_group(arn)
        return self._listener(arn) if kind == "listener" else self._visible(arn)
