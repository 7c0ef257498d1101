"""What the runs did to the account, judged from moto's backends alone.

A snapshot is taken when the world has been laid and the template's tables are there. `owned` lists every resource that
exists now and did not exist then, tagged or not; `foreign_changes` lists every difference in a resource that existed
then, value by value. Neither uses the names, tags or code of what is tested, makes a call, or lets time pass. Values
that change by themselves (states, health, addresses of nodes) are not compared; of a connection and of a cluster's
nodes, what they end in is. Items of tables are not looked at: those of the deployment's own tables are the
deployment's, which may write them all. `expecting` takes what a scenario's events change into the snapshot.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import added_tags, backend, live_regions
from sandbox.services.ec2.endpoint_services import EndpointService, services
from sandbox.services.ec2.interface_endpoints import GONE, endpoints
from sandbox.services.ec2.security_groups import Permission
from sandbox.services.elasticache.models import ReplicationGroup
from sandbox.services.elasticache.state import State
from sandbox.services.elbv2.state import forwards_to, timeline

Facts = dict[str, object]
Inventory = dict[str, dict[str, Facts]]
KINDS = {"sg": "securityGroup", "sgr": "securityGroupRule", "vpce-svc": "endpointService"}
"""What EC2's ids begin with: the kind that the inventory calls it."""
DEFAULT_EGRESS = Permission("-1", None, None, "0.0.0.0/0")


class Snapshot:
    """The account as it was when the snapshot was taken."""

    def __init__(self, then: Inventory) -> None:
        self._then = then

    @classmethod
    def take(cls) -> "Snapshot":
        return cls(inventory())

    def owned(self) -> dict[str, list[str]]:
        """The ids, by type, of the resources that were created since and still exist."""
        now = inventory()
        new = {kind: set(items) - set(self._then.get(kind, {})) for kind, items in now.items()}
        # the tags that an owned resource was created with come with it; what was added later may be left over
        added = set(_added_tags())
        new["tag"] = {name for name in new.get("tag", ()) if name in added or not _tagged(name, new)}
        return {kind: sorted(ids) for kind, ids in sorted(new.items()) if ids}

    def foreign_changes(self) -> list[str]:
        """One line for each change to a resource of the snapshot."""
        return list(_changes(self._then, inventory()))

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Takes what changes inside into the snapshot, so that it does not count as a run's change."""
        before = inventory()
        yield
        after = inventory()
        for kind in {*before, *after}:
            was, became = before.get(kind, {}), after.get(kind, {})
            known = self._then.setdefault(kind, {})
            for name in {*was, *became}:
                if name not in became:
                    known.pop(name, None)
                elif was.get(name) != became[name] and (name in known or name not in was):
                    known[name] = _with_changes(known.get(name, {}), was.get(name, {}), became[name])


def _with_changes(known: Facts, was: Facts, became: Facts) -> Facts:
    """Merges fact by fact: what a run had changed in the resource before still shows as a change."""
    kept = {key: value for key, value in known.items() if key in became or key not in was}
    return kept | {key: value for key, value in became.items() if key not in was or was[key] != value}


def _tagged(tag: str, new: Mapping[str, set[str]]) -> bool:
    kind, name, _ = tag.split("/", 2)
    return name in new.get(kind, ())


def _added_tags() -> Iterator[str]:
    """The tags that were put on a resource after its creation, named as in the inventory."""
    for region in live_regions("ec2"):
        for resource_id, keys in added_tags("ec2", region).items():
            kind = KINDS.get(resource_id.rpartition("-")[0], "")
            yield from (f"{kind}/{resource_id}/{key}" for key in keys)
    for region in live_regions("elbv2"):
        elbv2, added = backend("elbv2", region), added_tags("elbv2", region)
        found = [("loadBalancer", each) for each in elbv2.load_balancers.values()]
        found += [("targetGroup", each) for each in elbv2.target_groups.values()]
        yield from (f"{kind}/{each.name}/{key}" for kind, each in found for key in added.get(each.arn, ()))
    added = added_tags("iam", "")
    yield from (f"role/{role.name}/{key}" for role in backend("iam", "").get_roles() for key in added.get(role.id, ()))


def _changes(then: Inventory, now: Inventory) -> Iterator[str]:
    for kind, items in sorted(then.items()):
        for name, facts in sorted(items.items()):
            found = now.get(kind, {}).get(name)
            if found is None:
                yield f"{kind} {name} is gone"
                continue
            if found == facts:
                continue
            for key in sorted({*facts, *found}):
                if _text(facts.get(key)) != _text(found.get(key)):
                    yield f"{kind} {name}: {key} was {_text(facts.get(key))}, is {_text(found.get(key))}"


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def inventory() -> Inventory:
    """Everything in the account, by type and id."""
    found: Inventory = {}
    for look in LOOKS:
        for kind, name, facts in look():
            found.setdefault(kind, {})[name] = facts
    return found


Look = Iterator[tuple[str, str, Facts]]


def _tags(name: str, tags: Mapping[str, str]) -> Look:
    """Counts a tag as a resource, so that a tag which a run puts on somebody else's resource shows as owned."""
    for key, value in tags.items():
        yield "tag", f"{name}/{key}", {"value": value}


def _with_tags(kind: str, name: str, facts: Facts, tags: Mapping[str, str]) -> Look:
    yield kind, name, facts
    yield from _tags(f"{kind}/{name}", tags)


def _elasticache() -> Look:
    for region in live_regions("elasticache"):
        state = State(region)
        for group in state.groups.values():
            facts: Facts = {
                "description": group.description,
                "settings": repr(group.will_be),
                "members": sorted(_staying(group)),
                "deleting": group.life.gone_at is not None,
            }
            yield from _with_tags("replicationGroup", group.replication_group_id, facts, state.tags(group.arn))
        for cluster in state.clusters.values():
            if cluster.group_id is None:
                facts = {"settings": repr(cluster.settings), "deleting": cluster.life.gone_at is not None}
                yield from _with_tags("cacheCluster", cluster.cache_cluster_id, facts, state.tags(cluster.arn))
        for subnets in state.subnet_groups.values():
            facts = {"description": subnets.description, "subnets": subnets.subnet_ids}
            yield from _with_tags("cacheSubnetGroup", subnets.name, facts, state.tags(subnets.arn))
        for snapshot in state.snapshots.values():
            yield "snapshot", snapshot.snapshot_name, {"of": snapshot.replication_group_id}
        for cache in state.serverless.values():
            yield "serverlessCache", cache.name, {"subnets": cache.subnet_ids, "groups": cache.security_groups}


def _staying(group: ReplicationGroup) -> Iterator[str]:
    """The members that the group has in the end, whatever takes its time; of a group that goes, those that it has."""
    for name, member in group.members.items():
        if member.life.gone_at is None or group.life.gone_at is not None:
            yield name


def _network() -> Look:
    for region in live_regions("ec2"):
        ec2 = backend("ec2", region)
        for vpc in ec2.vpcs.values():
            yield from _with_tags("vpc", vpc.id, {"cidr": vpc.cidr_block}, ec2.tags.get(vpc.id, {}))
        for subnet in ec2.describe_subnets():
            facts: Facts = {"cidr": subnet.cidr_block, "zone": subnet.availability_zone}
            yield from _with_tags("subnet", subnet.id, facts, ec2.tags.get(subnet.id, {}))
        for group in [group for groups in list(ec2.groups.values()) for group in groups.values()]:
            facts = {"name": group.name, "description": group.description, "vpc": group.vpc_id}
            yield from _with_tags("securityGroup", group.id, facts, ec2.tags.get(group.id, {}))
            yield from _rules(ec2, group)


def _rules(ec2: Any, group: Any) -> Look:
    for rule in [*group.ingress_rules, *group.egress_rules]:
        permission = Permission.of(rule)
        if rule.is_egress and permission == DEFAULT_EGRESS:
            continue
        facts: Facts = {
            "group": group.id,
            "egress": rule.is_egress,
            "permission": repr(permission),
            "description": rule.ip_range.get("Description") or rule.source_group.get("Description"),
        }
        yield from _with_tags("securityGroupRule", rule.id, facts, ec2.tags.get(rule.id, {}))


def _load_balancing() -> Look:
    for region in live_regions("elbv2"):
        elbv2 = backend("elbv2", region)
        tags, times = elbv2.tagging_service.get_tag_dict_for_resource, timeline(elbv2)
        for balancer in elbv2.load_balancers.values():
            facts: Facts = {
                "arn": balancer.arn,
                "scheme": balancer.scheme,
                "subnets": sorted(subnet.id for subnet in balancer.subnets),
                "groups": sorted(balancer.security_groups or ()),
                "attributes": dict(balancer.attrs),
                "deleting": times.balancers[balancer.arn].gone_at is not None,
            }
            yield from _with_tags("loadBalancer", balancer.name, facts, tags(balancer.arn))
            for listener in balancer.listeners.values():
                facts = {"arn": listener.arn, "protocol": listener.protocol, "to": forwards_to(listener)}
                yield from _with_tags("listener", f"{balancer.name}:{listener.port}", facts, tags(listener.arn))
        yield from _target_groups(elbv2)


def _target_groups(elbv2: Any) -> Look:
    tags, times = elbv2.tagging_service.get_tag_dict_for_resource, timeline(elbv2)
    for group in elbv2.target_groups.values():
        checks = {name: value for name, value in vars(group).items() if name.startswith(("health", "unhealthy"))}
        facts: Facts = {"arn": group.arn, "port": group.port, "vpc": group.vpc_id, "checks": checks}
        facts["attributes"] = dict(group.attributes)
        yield from _with_tags("targetGroup", group.name, facts, tags(group.arn))
        for member in times.targets.get(group.arn, {}).values():
            if member.drained_at is None:
                yield "target", f"{group.name}/{member.address}:{member.port}", {"zone": member.zone}


def _endpoint_services() -> Look:
    for region in live_regions("ec2"):
        tags = backend("ec2", region).tags
        # a deleted service stays listed for a while
        for service in [each for each in services(region).values() if each.deleted_at is None]:
            facts: Facts = {
                "loadBalancers": service.network_load_balancer_arns,
                "acceptanceRequired": service.acceptance_required,
                **dict(_headings(service)),
            }
            yield from _with_tags("endpointService", service.id, facts, tags.get(service.id, {}))
            for principal in service.principals:
                yield "allowedPrincipal", f"{service.id}/{principal}", {}
        for endpoint in endpoints(region, ACCOUNT).values():
            facts = {"vpc": endpoint.vpc_id, "service": endpoint.service.service_name, "subnets": endpoint.subnet_ids}
            facts["deleting"] = endpoint.connection.will_be == GONE
            yield from _with_tags("interfaceEndpoint", endpoint.id, facts, tags.get(endpoint.id, {}))


def _headings(service: EndpointService) -> Iterator[tuple[str, str]]:
    """The owner of each connection and the state that it ends in. One that is deleted is gone, listed or not."""
    for each in service.connections.values():
        if each.will_be != "deleted":
            yield f"connection {each.vpc_endpoint_id}", f"{each.owner} {each.will_be}"


def _identities() -> Look:
    for role in backend("iam", "").get_roles():
        facts: Facts = {
            "id": role.id,
            "path": role.path,
            "trust": role.assume_role_policy_document,
            "description": role.description,
            "boundary": role.permissions_boundary_arn,
            "maxSessionDuration": str(role.max_session_duration),
            "attached": sorted(role.managed_policies),
        }
        yield from _with_tags("role", role.name, facts, {tag["Key"]: tag["Value"] for tag in role.tags or ()})
        for name, document in role.policies.items():
            yield "rolePolicy", f"{role.name}/{name}", {"document": document}


def _tables() -> Look:
    for region in live_regions("dynamodb"):
        for table in backend("dynamodb", region).tables.values():
            facts: Facts = {
                "arn": table.table_arn,
                "schema": table.schema,
                "billing": table.billing_mode,
                "protected": table.deletion_protection_enabled,
            }
            yield from _with_tags("table", table.name, facts, {tag["Key"]: tag["Value"] for tag in table.tags})


LOOKS: tuple[Callable[[], Look], ...] = (
    _elasticache,
    _network,
    _load_balancing,
    _endpoint_services,
    _identities,
    _tables,
)
