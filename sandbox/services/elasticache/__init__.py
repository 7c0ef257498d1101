"""ElastiCache as the account has it.

Moto's groups are available at once, have one member where several were asked for, and their members are not cache
clusters; its subnet groups have no zones. So the operations are answered here, from resources of the sandbox's own
classes in moto's backend.
"""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.services import tagging
from sandbox.services.common import Answer, Corrected, Refused, backend, page, tag_list, tags_of, valid
from sandbox.services.elasticache import (
    changes,
    engines,
    groups,
    happened,
    parameters,
    protection,
    requests,
    topics,
    views,
)
from sandbox.services.elasticache.models import CacheCluster, Life, ReplicationGroup, SubnetGroup
from sandbox.services.elasticache.notifications import GROUP_CREATED, GROUP_FAILED, PROVISIONED, tell
from sandbox.services.elasticache.state import State

NO_GROUP, NO_CLUSTER = "ReplicationGroupNotFoundFault", "CacheClusterNotFound"
SUBNET_GROUP_NAME = r"[a-zA-Z0-9-]{1,255}"


class ElastiCache(Corrected, ElastiCacheResponse):
    """Corrected responses."""

    @property
    def state(self) -> State:
        return State(self.region)

    def _page(self, items: Sequence[Any], member: str) -> ActionResult:
        limit = int(self._get_param("MaxRecords", 100))
        if not 20 <= limit <= 100:
            raise requests.refuse(f"MaxRecords must be between 20 and 100, not {limit}.")
        shown, marker = page(items, limit, self._get_param("Marker"))
        return Answer({member: shown, "Marker": marker})

    # replication groups

    def create_replication_group(self) -> ActionResult:
        p, state = self._get_params(), self.state
        group_id = requests.check_identity(p, state)
        settings = requests.settings(p, state, self.now())
        shards = requests.topology(p, settings, state, self.conditions)
        plan = groups.Plan(group_id, p["ReplicationGroupDescription"], settings, shards, tags_of(p.get("Tags")))
        now = self.now()
        life = Life(now, now + self.conditions.draw("cluster"), fails=group_id in self.conditions.failing)
        made = groups.make(plan, life, state, self.conditions)
        if groups.fails_for_capacity(made, self.conditions):
            life.fails = True
        elif not life.fails:
            for member in made.members.values():
                tell(member, PROVISIONED, self.conditions, member.life.ready_at)
        tell(made, GROUP_FAILED if life.fails else GROUP_CREATED, self.conditions, life.ready_at)
        return Answer({"ReplicationGroup": views.replication_group(made, now)})

    def describe_replication_groups(self) -> ActionResult:
        wanted = self._get_param("ReplicationGroupId")
        found = [self._group(wanted)] if wanted else list(self.state.groups.values())
        return self._page([views.replication_group(each, self.now()) for each in found], "ReplicationGroups")

    def _group(self, group_id: str) -> ReplicationGroup:
        if not valid(requests.GROUP_ID, group_id):  # which words AWS has for a look is not documented
            raise requests.refuse(f"The parameter ReplicationGroupIdentifier is not valid: {group_id!r}.")
        found = self.state.groups.get(group_id.lower())
        if found is None:
            raise Refused(NO_GROUP, f"ReplicationGroup {group_id} not found.")
        return found

    def delete_replication_group(self) -> ActionResult:
        group = self._group(self._get_param("ReplicationGroupId"))
        groups.delete(group, self._get_param("FinalSnapshotIdentifier"), self.state, self.conditions)
        return Answer({"ReplicationGroup": views.replication_group(group, self.now())})

    def modify_replication_group(self) -> ActionResult:
        group = self._group(self._get_param("ReplicationGroupId"))
        self._require_available(group, "InvalidReplicationGroupState", "it can be modified")
        topics.set_topic(group, self._get_params(), self.state)
        return Answer({"ReplicationGroup": views.replication_group(group, self.now())})

    # cache clusters

    def describe_cache_clusters(self) -> ActionResult:
        wanted, with_nodes = self._get_param("CacheClusterId"), self._get_bool_param("ShowCacheNodeInfo", False)
        found = [self._cluster(wanted)] if wanted else list(self.state.clusters.values())
        if self._get_bool_param("ShowCacheClustersNotInReplicationGroups", False):
            found = [each for each in found if each.group_id is None]
        found.sort(key=lambda each: each.cache_cluster_id)
        return self._page([views.cache_cluster(each, self.now(), bool(with_nodes)) for each in found], "CacheClusters")

    def _cluster(self, cluster_id: str) -> CacheCluster:
        found = self.state.clusters.get(cluster_id.lower())
        if found is None:
            raise Refused(NO_CLUSTER, f"CacheCluster not found: {cluster_id}")
        return found

    def modify_cache_cluster(self) -> ActionResult:
        cluster = self._cluster(self._get_param("CacheClusterId"))
        self._require_available(cluster, "InvalidCacheClusterState", "it can be modified")
        topics.set_topic(cluster, self._get_params(), self.state)
        return Answer({"CacheCluster": views.cache_cluster(cluster, self.now(), with_nodes=False)})

    def describe_events(self) -> ActionResult:
        found = happened.found(self._get_params(), self.state, self.now())
        return self._page([views.event(each) for each in found], "Events")

    def describe_serverless_caches(self) -> ActionResult:
        wanted, caches = self._get_param("ServerlessCacheName"), self.state.serverless
        if wanted and wanted.lower() not in caches:
            raise Refused("ServerlessCacheNotFoundFault", f"Serverless cache {wanted} not found.")
        found = [caches[wanted.lower()]] if wanted else list(caches.values())
        limit, token = int(self._get_param("MaxResults", 50)), self._get_param("NextToken")
        shown, following = page([views.serverless_cache(each) for each in found], limit, token)
        return Answer({"ServerlessCaches": shown, "NextToken": following})

    def describe_user_groups(self) -> ActionResult:
        wanted, state = self._get_param("UserGroupId"), self.state
        if wanted and wanted.lower() not in state.user_groups:
            raise Refused(protection.NO_USER_GROUP, f"User group {wanted} not found.")
        found = [state.user_groups[wanted.lower()]] if wanted else list(state.user_groups.values())
        return self._page([views.user_group(each, state) for each in found], "UserGroups")

    # subnet groups

    def create_cache_subnet_group(self) -> ActionResult:
        p, state = self._get_params(), self.state
        name = str(p.get("CacheSubnetGroupName", "")).lower()
        if not valid(SUBNET_GROUP_NAME, name) or name == "default":
            raise requests.refuse(f"Invalid cache subnet group name: {name!r}.")
        if name in state.subnet_groups:
            raise Refused("CacheSubnetGroupAlreadyExists", f"CacheSubnetGroup {name} already exists.")
        if len(state.subnet_groups) >= self.conditions.quotas.subnet_groups:
            raise Refused("CacheSubnetGroupQuotaExceeded", "The quota of cache subnet groups is exhausted.")
        vpc_id = self._vpc_of(p.get("SubnetIds", []))
        arn, description = state.arn("subnetgroup", name), p["CacheSubnetGroupDescription"]
        made = SubnetGroup(name, arn, description, list(p["SubnetIds"]), vpc_id)
        state.subnet_groups[name] = made
        state.tag(arn, tags_of(p.get("Tags")))
        return Answer({"CacheSubnetGroup": views.subnet_group(made, state)})

    def _vpc_of(self, subnet_ids: Sequence[str]) -> str:
        subnets = {each.id: each for each in backend("ec2", self.region).describe_subnets()}
        known = {subnet_id: each.vpc_id for subnet_id, each in subnets.items()}
        unknown = [subnet_id for subnet_id in subnet_ids if subnet_id not in known]
        vpcs = {known.get(subnet_id) for subnet_id in subnet_ids}
        if unknown or len(vpcs) != 1:
            raise Refused("InvalidSubnet", f"Subnets must exist and share one VPC: {', '.join(subnet_ids)}.")
        if len({getattr(subnets[subnet_id], "outpost_arn", None) for subnet_id in subnet_ids}) > 1:
            raise Refused("SubnetNotAllowedFault", "Subnets of a Region and of an Outpost are not mixed.")
        if len(subnet_ids) > self.conditions.quotas.subnets_per_subnet_group:
            raise Refused("CacheSubnetQuotaExceededFault", "The quota of subnets in a subnet group is exhausted.")
        return str(known[subnet_ids[0]])

    def describe_cache_subnet_groups(self) -> ActionResult:
        wanted, state = self._get_param("CacheSubnetGroupName"), self.state
        found = [self._subnet_group(wanted)] if wanted else list(state.subnet_groups.values())
        return self._page([views.subnet_group(each, state) for each in found], "CacheSubnetGroups")

    def _subnet_group(self, name: str) -> SubnetGroup:
        found = self.state.subnet_groups.get(name.lower())
        if found is None:
            raise Refused("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.")
        return found

    def delete_cache_subnet_group(self) -> ActionResult:
        group, state = self._subnet_group(self._get_param("CacheSubnetGroupName")), self.state
        if any(each.settings.subnet_group == group.name for each in state.clusters.values()):
            raise Refused("CacheSubnetGroupInUse", f"Cache subnet group {group.name} is in use by a cluster.")
        del state.subnet_groups[group.name]
        state.backend.tagging_service.delete_all_tags_for_resource(group.arn)
        return EmptyResult()

    # tags

    def list_tags_for_resource(self) -> ActionResult:
        arn = self._taggable(self._get_param("ResourceName"))
        return Answer({"TagList": tag_list(self.state.tags(arn))})

    def add_tags_to_resource(self) -> ActionResult:
        arn, state, tags = self._taggable(self._get_param("ResourceName")), self.state, tags_of(self._get_param("Tags"))
        if len({**state.tags(arn), **tags}) > tagging.LIMIT:
            raise Refused("TagQuotaPerResourceExceeded", f"A resource can have {tagging.LIMIT} tags.")
        for each in self._tagged_with(arn):
            state.tag(each, tags)
        self._modify(arn)
        return Answer({"TagList": tag_list(state.tags(arn))})

    def remove_tags_from_resource(self) -> ActionResult:
        arn, state, keys = self._taggable(self._get_param("ResourceName")), self.state, self._get_param("TagKeys")
        missing = [key for key in keys if key not in state.tags(arn)]
        if missing:
            raise Refused("TagNotFound", f"{missing[0]} is no tag of {arn}.")
        for each in self._tagged_with(arn):
            state.backend.tagging_service.untag_resource_using_names(each, keys)
        self._modify(arn)
        return Answer({"TagList": tag_list(state.tags(arn))})

    def _tagged_with(self, arn: str) -> list[str]:
        """The resource and what its tags reach: all nodes of a group (API reference, Tag, RemoveTagsFromResource)."""
        group = self.state.groups.get(arn.rpartition(":")[2]) if ":replicationgroup:" in arn else None
        return [arn, *(member.arn for member in (group.members.values() if group else ()))]

    def _modify(self, arn: str) -> None:
        """A replication group whose tags were changed is modifying for a while (hashicorp/terraform-provider-aws, pull
        request 40320 and its `replication_group.go`, which waits for its end)."""
        if ":replicationgroup:" in arn:
            changes.begin(self.state.groups[arn.rpartition(":")[2]], self.conditions, "tagging")

    def _taggable(self, arn: str) -> str:
        """The ARN, if the resource exists and its state lets its tags be read."""
        prefix, _, rest = arn.partition(":elasticache:")
        kind, _, name = rest.partition(":")[2].partition(":")[2].partition(":")
        if prefix != "arn:aws" or kind not in ("replicationgroup", "cluster", "subnetgroup"):
            raise Refused("InvalidARN", f"ARN {arn} is invalid.")
        if kind == "replicationgroup":
            self._require_available(self._group(name), "InvalidReplicationGroupState", "its tags can be read")
        elif kind == "cluster":
            self._require_available(self._cluster(name), "InvalidCacheClusterState", "its tags can be read")
        else:
            self._subnet_group(name)
        return arn

    def _require_available(self, resource: ReplicationGroup | CacheCluster, code: str, then: str) -> None:
        status = resource.life.status(self.now())
        if status != "available":
            name = resource.arn.rpartition(":")[2]
            raise Refused(code, f"{name} has status {status}; {then} while it is available.")

    # engines

    def describe_cache_parameters(self) -> ActionResult:
        source, found = (
            self._get_param("Source"),
            parameters.shown(self._get_param("CacheParameterGroupName"), self.state),
        )
        return self._page([each for each in found if source in (None, each["Source"])], "Parameters")

    def describe_cache_engine_versions(self) -> ActionResult:
        asked = {
            "engine": self._get_param("Engine"),
            "version": self._get_param("EngineVersion"),
            "family": self._get_param("CacheParameterGroupFamily"),
            "default": self._get_bool_param("DefaultOnly") or None,
        }
        criteria = {name: value for name, value in asked.items() if value is not None}
        found = [v for v in engines.VERSIONS if all(getattr(v, name) == value for name, value in criteria.items())]
        shown = [
            {"Engine": each.engine, "EngineVersion": each.version, "CacheParameterGroupFamily": each.family}
            for each in found
        ]
        return self._page(shown, "CacheEngineVersions")
