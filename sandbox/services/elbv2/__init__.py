"""Elastic Load Balancing as the account has it: Network Load Balancers whose states and checks take time."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services.common import Corrected, Refused
from sandbox.services.elbv2.balancers import AT_ONCE, Balancers, invalid
from sandbox.services.elbv2.listeners import Listeners
from sandbox.services.elbv2.target_groups import TargetGroups
from sandbox.services.elbv2.targets import Targets

MOST_TAGS = 50


class ElasticLoadBalancing(Balancers, TargetGroups, Targets, Listeners, Corrected, ELBV2Response):
    """Corrected responses."""

    def describe_account_limits(self) -> ActionResult:
        quotas = self.conditions.quotas
        limits = {
            "network-load-balancers": quotas.network_load_balancers,
            "target-groups": quotas.target_groups,
            "listeners-per-network-load-balancer": quotas.listeners_per_network_load_balancer,
            "targets-per-network-load-balancer": quotas.targets_per_network_load_balancer,
            "targets-per-availability-zone-per-network-load-balancer": 500,
            "application-load-balancers": 50,
        }
        return ActionResult({"Limits": [{"Name": name, "Max": str(most)} for name, most in limits.items()]})

    def describe_tags(self) -> ActionResult:
        arns = self._get_param("ResourceArns", [])
        if len(arns) > AT_ONCE:
            raise invalid(f"The tags of no more than {AT_ONCE} resources can be described at once")
        for arn in arns:
            self._taggable(arn)
        tags = self.elbv2_backend.tagging_service.get_tag_dict_for_resource
        return ActionResult({"TagDescriptions": [{"ResourceArn": arn, "Tags": tags(arn)} for arn in arns]})

    def add_tags(self) -> ActionResult:
        arns, tags = self._get_param("ResourceArns", []), self._get_param("Tags", [])
        service = self.elbv2_backend.tagging_service
        for arn in arns:
            self._taggable(arn)
            if len({*service.get_tag_dict_for_resource(arn), *(tag["Key"] for tag in tags)}) > MOST_TAGS:
                raise Refused("TooManyTags", "The quota for the number of tags has been reached")
        for arn in arns:
            service.tag_resource(arn, tags)
        return EmptyResult()

    def _taggable(self, arn: str) -> Any:
        kind = arn.rpartition(":")[2].partition("/")[0]
        if kind == "targetgroup":
            return self._target_group(arn)
        return self._listener(arn) if kind == "listener" else self._visible(arn)
