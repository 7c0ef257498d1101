"""ElastiCache: a request needs its action on every resource that it names; a read, on the resource that it reads.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon ElastiCache"; ElastiCache
API Reference, DeleteReplicationGroup (a final snapshot needs CreateSnapshot too). A creation that names no parameter
group needs the engine's default one.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.authorization.request import Need, Request, Rule
from sandbox.services.elasticache import engines

ALL: Final = "*"
"""The resource of a read that names none."""


def _looking(kind: str, parameter: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        yield request.on(request.arn(f"{kind}:{request.parameters.get(parameter, ALL)}"))

    return rule


def _on_what_is_named(request: Request) -> Iterator[Need]:
    yield request.on(str(request.parameters["ResourceName"]), request.requested)


def _making_subnets(request: Request) -> Iterator[Need]:
    yield from _made(request, request.arn(f"subnetgroup:{request.parameters['CacheSubnetGroupName']}"))


def _making_group(request: Request) -> Iterator[Need]:
    p = request.parameters
    yield from _made(request, request.arn(f"replicationgroup:{p['ReplicationGroupId']}"))
    yield request.on(request.arn(f"parametergroup:{p.get('CacheParameterGroupName') or _default(request)}"))
    for each in request.given("CacheSubnetGroupName"):
        yield request.on(request.arn(f"subnetgroup:{each}"))
    for each in request.given("UserGroupIds"):
        yield request.on(request.arn(f"usergroup:{each}"))


def _made(request: Request, arn: str) -> Iterator[Need]:
    taken = request.on(arn).context
    yield request.need(arn, taken, request.requested)
    if request.tags:
        yield request.need(arn, taken, request.requested, action="elasticache:AddTagsToResource")


def _default(request: Request) -> str:
    p = request.parameters
    version = engines.find(p.get("Engine", "redis"), p.get("EngineVersion"))
    return f"default.{version.family if version else 'unknown'}"


def _deleting_group(request: Request) -> Iterator[Need]:
    group = request.arn(f"replicationgroup:{request.parameters['ReplicationGroupId']}")
    yield request.on(group)
    for each in request.given("FinalSnapshotIdentifier"):
        snapshot = request.arn(f"snapshot:{each}")
        yield request.need(snapshot)
        yield request.on(group, action="elasticache:CreateSnapshot")
        yield request.need(snapshot, action="elasticache:CreateSnapshot")


RULES: Final[Mapping[str, Rule]] = {
    "AddTagsToResource": _on_what_is_named,
    "CreateCacheSubnetGroup": _making_subnets,
    "CreateReplicationGroup": _making_group,
    "DeleteCacheSubnetGroup": _looking("subnetgroup", "CacheSubnetGroupName"),
    "DeleteReplicationGroup": _deleting_group,
    "DescribeCacheClusters": _looking("cluster", "CacheClusterId"),
    "DescribeCacheParameters": _looking("parametergroup", "CacheParameterGroupName"),
    "DescribeCacheSubnetGroups": _looking("subnetgroup", "CacheSubnetGroupName"),
    "DescribeReplicationGroups": _looking("replicationgroup", "ReplicationGroupId"),
    "DescribeServerlessCaches": _looking("serverlesscache", "ServerlessCacheName"),
    "DescribeUserGroups": _looking("usergroup", "UserGroupId"),
    "ListTagsForResource": _on_what_is_named,
    "ModifyCacheCluster": _looking("cluster", "CacheClusterId"),
    "ModifyReplicationGroup": _looking("replicationgroup", "ReplicationGroupId"),
    "RemoveTagsFromResource": _on_what_is_named,
}
