"""Elastic Load Balancing as the account has it: Network Load Balancers whose states and checks take time."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services import tagging
from sandbox.services.common import Corrected, Refused, added_tags, tag_list, tags_of
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
        """Moto has the limit of 10 tags that load balancers once had."""
        added, tagging_service = added_tags("elbv2", self.region), self.elbv2_backend.tagging_service
        tags, arn = tags_of(self._get_param("Tags")), self._single()
        held = tagging_service.get_tag_dict_for_resource(arn)
        if len({**held, **tags}) > tagging.LIMIT:
            raise Refused("TooManyTags", f"A resource can have {tagging.LIMIT} tags.")
        added.setdefault(arn, set()).update(tags.keys() - held.keys())
        tagging_service.tag_resource(arn, tag_list(tags))
        return EmptyResult()

    def remove_tags(self) -> ActionResult:
        self.elbv2_backend.tagging_service.untag_resource_using_names(self._single(), self._get_param("TagKeys", []))
        return EmptyResult()

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

    def _single(self) -> str:
        """The resource whose tags are to be changed: it is given as a list, of which ELB takes one, and refuses more
        with these words (aws/aws-sdk-go-v2 issue 2715; kubernetes/cloud-provider-aws pull request 1447).
        """
        arns = self._get_param("ResourceArns", [])
        if len(arns) != 1:
            raise invalid("Only one resource can be tagged at a time")
        self._taggable(arns[0])
        return str(arns[0])

    def _taggable(self, arn: str) -> Any:
        kind = arn.rpartition(":")[2].partition("/")[0]
        if kind == "targetgroup":
            return self._target_group(arn)
        return self._listener(arn) if kind == "listener" else self._visible(arn)
