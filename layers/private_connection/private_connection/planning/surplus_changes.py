"""What is not asked for any more, as changes: what goes, and what stays because of whom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from private_connection.access.grants import policies_of_others
from private_connection.access.role_policies import find_role_policy, list_role_policies
from private_connection.access.roles import connection_tag, find_role, is_own_role
from private_connection.cluster.rule_users import find_rule_users
from private_connection.cluster.rules import find_rules
from private_connection.former_tags import RemoveTags, Tagged, find_tagged
from private_connection.naming import access_policy, target_group_name
from private_connection.ownership import Tags, use_tag
from private_connection.paths.offers import find_principals
from private_connection.planning.changes import CLUSTER, RUN, found, tags_taken, withdrawn
from private_connection.planning.plan import PlannedChange, Type
from private_connection.request.removal import Wanted
from private_connection.settings import settings
from private_connection.surplus import lost_with_their_nodes
from private_connection.teardown.surplus import Staying
from private_connection.things import Key, Thing, key

PLAIN: Final[tuple[Type, ...]] = (
    "endpointService",
    "loadBalancer",
    "targetGroup",
    "role",
    "cacheSubnetGroup",
    "securityGroup",
)
"""The kinds of things that go as a whole."""
LOOKED_AT: Final = 50
"""Services, and target groups, of paths that stay of which a plan looks up who is admitted and what is registered: a
call each, within the minute that a function has.
"""
STAYING: Final[tuple[Type, ...]] = (*PLAIN, "securityGroupRule", "rolePolicy", "replicationGroup")


def named(thing: Thing) -> str:
    """What a plan calls it: a security group by its name alone, as it has nothing else before it is made."""
    return thing.name.partition("/")[0] if thing.kind == "securityGroup" else thing.name


def with_rules_named(changes: Sequence[PlannedChange], things: Sequence[Thing]) -> list[PlannedChange]:
    """The changes, in which rules are called by what they admit: among the things they are known by id alone."""
    ids = {each.name for each in changes if each.type == "securityGroupRule"}
    groups = {each.within for each in things if each.id in ids and each.within is not None}
    names = {rule.id: rule.called for rule in find_rules(sorted(groups))} if groups else {}
    return [
        each.model_copy(update={"name": names.get(each.name, each.name)}) if each.name in ids else each
        for each in changes
    ]


def going_changes(connection: str, going: Sequence[Thing], *, rules_known: bool) -> Iterator[PlannedChange]:
    """What goes. Of rules it may be known only later whether they do, or let a load balancer in."""
    users = find_rule_users([each.id for each in going if each.kind == "securityGroupRule"])
    removed = {each.id for each in going if each.kind == "role"}
    for thing in going:
        if thing.kind == "securityGroupRule" and not rules_known:
            yield found("securityGroupRule", thing.id, (), None, CLUSTER)
        elif thing.kind == "securityGroupRule":
            yield _of_rule(connection, thing, users.get(thing.id, ()))
        elif thing.kind == "rolePolicy":
            yield from _of_policy(connection, thing.within or "", removed)
        for kind in PLAIN:
            if thing.kind == kind:
                yield withdrawn(kind, named(thing), thing.node)


def _of_rule(connection: str, rule: Thing, users: Sequence[str]) -> PlannedChange:
    """A rule that others use stays, without this connection's tag."""
    tag = use_tag(connection)
    if set(users) - {connection}:
        return found("securityGroupRule", rule.id, tags_taken({tag: rule.created_by or ""}, (tag,)))
    return withdrawn("securityGroupRule", rule.id)


def _of_policy(connection: str, role_name: str, removed: set[str]) -> Iterator[PlannedChange]:
    """The connection's policy on another role, and its tag if others keep that role."""
    policy, tag = access_policy(settings().region, connection), connection_tag(connection)
    if find_role_policy(role_name, policy) is not None:
        yield withdrawn("rolePolicy", f"{role_name}/{policy}")
    role = find_role(role_name)
    if role is None or role_name in removed or tag not in role.tags or not is_own_role(role):
        return
    if policies_of_others(role, connection, list_role_policies(role_name)):
        yield found("role", role_name, tags_taken(role.tags, (tag,)))


def staying_changes(surplus: Sequence[Thing], staying: Mapping[Key, Staying]) -> Iterator[PlannedChange]:
    """What is not asked for and stays. A service at which somebody is connected is offered to nobody any more."""
    stays = [(thing, staying[key(thing)]) for thing in surplus if key(thing) in staying]
    for thing, reason in stays:
        for kind in STAYING:
            if thing.kind == kind:
                yield found(kind, named(thing), (), thing.node, CLUSTER if reason.code == "SURPLUS_LATER" else None)
    yield from _shut([each for each, why in stays if (each.kind, why.code) == ("endpointService", "SURPLUS_IN_USE")])


def _shut(services: Sequence[Thing]) -> Iterator[PlannedChange]:
    """Whom these services are not offered to any more: those of the first ones are looked up."""
    for each in services[:LOOKED_AT]:
        principals = sorted(find_principals(each.id))
        yield from (withdrawn("allowedPrincipal", f"{each.id}/{principal}") for principal in principals)
    for each in services[LOOKED_AT:]:
        yield withdrawn("allowedPrincipal", f"{each.id}/{settings().ververica_principal}", None, RUN)


def lost_changes(staying: Sequence[Thing]) -> Iterator[PlannedChange]:
    """The addresses that no node has any more leave the target groups that stay. A call tells those of a group; of
    more groups than are looked at it is known when the run looks.
    """
    groups = [thing for thing in staying if thing.kind == "targetGroup"]
    nodes = {each.id: each.node for each in groups}
    for group in lost_with_their_nodes(groups[:LOOKED_AT]):
        name = target_group_name(group.target_group_arn)
        yield from (withdrawn("target", f"{name}/{each}", nodes[group.target_group_arn]) for each in group.targets)
    yield from (found("target", each.name, (), each.node, RUN) for each in groups[LOOKED_AT:])


def tag_changes(
    connection: str, wanted: Wanted, going: Sequence[Thing], things: Sequence[Thing]
) -> Iterator[PlannedChange]:
    """The user's tags that go from what is not part of one path alone: Plan paths tells of the others."""
    if not wanted.tags:
        return
    tagged = find_tagged(
        RemoveTags(
            connection=connection,
            cluster_id=wanted.cluster_id,
            role_name=wanted.role_name,
            tags=wanted.tags,
        )
    )
    gone = {(each.kind, named(each)) for each in going}
    for kind, name, tags in _carrying(wanted, tagged, {each.id: each for each in things}):
        if (kind, name) not in gone:
            yield found(kind, name, tags_taken(tags, wanted.tags))


def _carrying(wanted: Wanted, tagged: Tagged, things: Mapping[str, Thing]) -> Iterator[tuple[Type, str, Tags]]:
    """What carries them, under the names that a plan has for them."""
    for each, tags in tagged.ec2.items():
        if each.startswith("sg-"):
            yield "securityGroup", named(things[each]) if each in things else each, tags
        elif each.startswith("sgr-"):
            yield "securityGroupRule", each, tags
        elif each in things and things[each].within not in wanted.paths:
            yield "endpointService", each, tags
    for arn, tags in tagged.caches.items():
        *_, kind, name = arn.split(":")  # ElastiCache User Guide, "Tagging your resources"
        yield ("replicationGroup" if kind == "replicationgroup" else "cacheSubnetGroup"), name, tags
    if tagged.role:
        yield "role", wanted.role_name, tagged.role
