"""What is wrong after a run that ended READY: what carries the connection's marks is what its request and hand-off ask
for, exactly, or a finding of the hand-off names it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from ipaddress import IPv4Network, collapse_addresses

from sandbox.deployment.resolver import ACCOUNT
from tests.exactness.view import (
    CLUSTER,
    MAKER,
    NAME,
    NODE,
    USE,
    VERVERICA,
    WORKSPACE,
    Json,
    Rule,
    View,
    plain,
)

SURPLUS = ("SURPLUS_IN_USE", "SURPLUS_LATER", "SURPLUS_LEFT", "CLUSTER_LEFT")
"""The findings that name what is not asked for any more."""
ANYWHERE = "0.0.0.0/0"
OWN = "private-connection-"
"""How the names of our policies, and of a cluster's own groups, begin."""


@dataclass(frozen=True)
class Ready:
    """A connection after a run: the account, what was asked for and what the run answered."""

    view: View
    request: Json
    handoff: Json
    extendable: Collection[str]
    """ARNs, or patterns of them, of the roles that the deployment may extend."""
    former: Collection[str] = ()
    """The keys of the tags that were asked for before."""

    @property
    def connection(self) -> str:
        return str(self.handoff["connection"])

    @property
    def cluster(self) -> str:
        return str(self.handoff["clusterId"])

    @property
    def role(self) -> str:
        return str(self.handoff["roleArn"]).rpartition("/")[2]

    @property
    def rows(self) -> list[Json]:
        return list(self.handoff["endpoints"])

    @cached_property
    def told(self) -> dict[str, str]:
        """What findings say of surplus, by code."""
        return {each["code"]: each["message"] for each in self.handoff["findings"] if each["code"] in SURPLUS}

    def is_named(self, kind: str, *names: str) -> bool:
        """Whether a finding names one of these, or says that the withdrawal failed or could not see the kind."""
        sought = (*names, f"more of kind {kind}:", "more of kind anything:", "of which the withdrawal failed")
        return any(each in message for each in sought for message in self.told.values())

    @cached_property
    def services(self) -> list[str]:
        there = self.view.inventory.get("endpointService", {})
        return [row["serviceId"] for row in self.rows if row["serviceId"] in there]

    @cached_property
    def balancers(self) -> set[str]:
        return {name for service in self.services for name in self.view.balancers_of(service)}

    @cached_property
    def groups(self) -> set[str]:
        return {group for each in self.balancers for group in self.view.groups_behind(each)}

    @cached_property
    def marked(self) -> list[tuple[str, str]]:
        return list(self.view.marked(self.connection))


def inexact(ready: Ready) -> Iterator[str]:
    """One sentence for each thing that is too much, is missing or is not as it is asked for."""
    for judge in (_rows, _things, _paths, _targets, _services, _rules, _policies, _roles, _zones, _tags):
        yield from judge(ready)


def _rows(ready: Ready) -> Iterator[str]:
    """Each node of the cluster that stays has one row, which is true of it."""
    there = ready.view.members.items()
    members = {name: each for name, each in there if each.cluster == ready.cluster and not each.leaving}
    if sorted(members) != [row["node"] for row in ready.rows]:
        yield f"the rows are of {[row['node'] for row in ready.rows]}, the nodes are {sorted(members)}"
    for row in ready.rows:
        member = members.get(row["node"])
        if member and (member.address, member.port, member.zone) != (
            row["ipAddress"],
            row["port"],
            row["availabilityZone"],
        ):
            yield f"node {row['node']} is {member}, its row says {row}"
        if row["serviceId"] not in ready.services:
            yield f"node {row['node']}: there is no service {row['serviceId']}"


def _things(ready: Ready) -> Iterator[str]:
    """What carries both marks is wanted, or is named, or belongs to something that is named."""
    view = ready.view
    for kind, name in ready.marked:
        if not _is_wanted(ready, kind, name) and not ready.is_named(kind, name, *_upheld_by(view, kind, name)):
            yield f"{kind} {name} is not asked for, and no finding names it: {ready.told}"


def _is_wanted(ready: Ready, kind: str, name: str) -> bool:
    wanted: dict[str, Collection[str]] = {
        "endpointService": ready.services,
        "loadBalancer": ready.balancers,
        "targetGroup": ready.groups,
        "replicationGroup": [ready.cluster],
        "cacheSubnetGroup": [f"{OWN}{ready.cluster}"],
        "securityGroup": [f"{OWN}{ready.cluster}"],
    }
    if kind == "securityGroupRule":
        uses = [key for key in ready.view.rules[name].tags if key.startswith(USE)]
        return bool(uses)  # whether it is wanted by its user is another question
    label = str(ready.view.inventory[kind][name]["name"]) if kind == "securityGroup" else name
    return kind not in wanted or label in wanted[kind]


def _upheld_by(view: View, kind: str, name: str) -> list[str]:
    """What keeps a thing while it is there itself."""
    if kind == "endpointService":
        return view.balancers_of(name)
    if kind == "loadBalancer":
        return view.services_on(name)
    if kind == "targetGroup":
        on = [each for each in view.inventory.get("loadBalancer", {}) if name in view.groups_behind(each)]
        return [*on, *(service for each in on for service in view.services_on(each))]
    if kind in ("cacheSubnetGroup", "securityGroup"):
        label = str(view.inventory[kind][name]["name"]) if kind == "securityGroup" else name
        return [label.removeprefix(OWN)]
    return []


def _paths(ready: Ready) -> Iterator[str]:
    """From each service one listener leads to one target group, which is the node's."""
    view = ready.view
    for row in ready.rows:
        if row["serviceId"] not in ready.services:
            continue
        balancers = view.balancers_of(row["serviceId"])
        listeners = {name: view.listeners(name) for name in balancers}
        nodes = [view.tags.get(("targetGroup", each), {}).get(NODE) for each in sorted(_behind(view, balancers))]
        on_port = [list(each) == [str(row["port"])] for each in listeners.values()]
        if len(balancers) != 1 or nodes != [row["node"]] or not all(on_port):
            yield f"node {row['node']}: {row['serviceId']} leads to {listeners}, target groups of {nodes}"


def _behind(view: View, balancers: Collection[str]) -> set[str]:
    return {group for name in balancers for group in view.groups_behind(name)}


def _targets(ready: Ready) -> Iterator[str]:
    """A target group holds its node's address and no other; one whose node is gone holds none."""
    view = ready.view
    for kind, name in ready.marked:
        if kind != "targetGroup":
            continue
        right, found = view.right_target(name), view.targets(name)
        if found - {right} or (name in ready.groups and found != {right}):
            yield f"target group {name} holds {sorted(found)}, its node has {right}"


def _services(ready: Ready) -> Iterator[str]:
    """Each service asks for acceptance. One that is wanted admits Ververica alone; one that is in use, nobody new."""
    view = ready.view
    in_use = ready.told.get("SURPLUS_IN_USE", "")
    for name in [*ready.services, *(name for kind, name in ready.marked if kind == "endpointService")]:
        admitted = view.principals(name)
        if not view.inventory["endpointService"][name]["acceptanceRequired"]:
            yield f"service {name} accepts whoever asks"
        if name in ready.services and admitted != {VERVERICA} and not ready.is_named("principals", name):
            yield f"service {name} is wanted, and admits {sorted(admitted)}"
        if name not in ready.services and name in in_use and admitted:
            yield f"service {name} is not asked for, and admits {sorted(admitted)}"


def _rules(ready: Ready) -> Iterator[str]:
    """Rules of ours are for what load balancers send from, on the node port, where no rule of others admits it."""
    view, cluster = ready.view, ready.view.clusters.get(ready.cluster)
    if cluster is None:
        return
    sources = _sources(ready)
    ours = {name: each for name, each in view.rules.items() if _uses(each, ready.connection)}
    serving = {name: each for name, each in ours.items() if each.group in cluster.groups}
    admitted = list(collapse_addresses(_networks(view, cluster.groups, cluster.port)))
    for name, rule in ours.items():
        asked = name in serving and _is_for(rule, cluster.port) and str(rule.permission.cidr) in sources
        if not asked and not ready.is_named("securityGroupRule", name, *_led_by(view, rule)):
            yield f"rule {name} ({rule.permission} in {rule.group}) is not asked for, and no finding names it"
        if asked and _is_within(str(rule.permission.cidr), admitted):
            yield f"rule {name} admits {rule.permission.cidr}, which a rule of others admits"
    for source in sources:
        made = [name for name, each in serving.items() if each.permission.cidr == source]
        if len(made) != 1 and not _is_within(source, admitted):
            yield f"{source} is admitted on {cluster.port} by {made or 'no rule'}"


def _sources(ready: Ready) -> set[str]:
    ingress = ready.request.get("ingress", "subnets")
    if ingress == "anywhere":
        return {ANYWHERE}
    found = ready.view.inventory
    used = {str(each) for name in ready.balancers for each in _subnets(ready.view, name)}
    return {str(found["subnet"][each]["cidr"]) for each in used} if ingress == "subnets" else set()


def _subnets(view: View, balancer: str) -> list[str]:
    found = view.inventory["loadBalancer"][balancer]["subnets"]
    return list(found) if isinstance(found, list) else []


def _uses(rule: Rule, connection: str) -> bool:
    return bool(rule.tags.get(NAME) and rule.tags.get(MAKER)) and f"{USE}{connection}" in rule.tags


def _is_for(rule: Rule, port: int) -> bool:
    found = rule.permission
    return (found.protocol, found.from_port, found.to_port) == ("tcp", port, port)


def _led_by(view: View, rule: Rule) -> list[str]:
    """The load balancers that lead to the cluster which a rule opens, and their services."""
    cluster = rule.tags.get(CLUSTER)
    names = [
        name for (kind, name), tags in view.tags.items() if kind == "loadBalancer" and tags.get(CLUSTER) == cluster
    ]
    return [*names, *(service for name in names for service in view.services_on(name))]


def _networks(view: View, groups: Collection[str], port: int) -> Iterator[IPv4Network]:
    """What rules of others admit on a port."""
    for rule in view.rules.values():
        found = rule.permission
        on_port = found.protocol == "-1" or (
            found.protocol == "tcp" and (found.from_port or 0) <= port <= (found.to_port or 0)
        )
        is_shared = bool(rule.tags.get(NAME) and rule.tags.get(MAKER)) and any(key.startswith(USE) for key in rule.tags)
        if rule.group in groups and on_port and not is_shared and found.cidr and ":" not in found.cidr:
            yield IPv4Network(found.cidr)


def _is_within(cidr: str, networks: Collection[IPv4Network]) -> bool:
    return any(IPv4Network(cidr).subnet_of(each) for each in networks)


def _policies(ready: Ready) -> Iterator[str]:
    """The connection's policy is on one role, and says what is asked for."""
    name = f"{OWN}{ready.view.region}-{ready.connection}"
    found, wanted = ready.view.documents(name), _asked(ready)
    for role, said in found.items():
        if role != ready.role and not ready.is_named("rolePolicy", f"{role}/{name}"):
            yield f"policy {name} is on role {role}, not {ready.role}, and no finding names it"
        is_asked = sorted(map(str, said)) == sorted(map(str, wanted))
        if role == ready.role and not is_asked and not ready.is_named("access", f"{role}/{name}"):
            yield f"policy {name} on {role} says {said}, not {wanted}"
    if ready.role not in found and _may_extend(ready):
        yield f"role {ready.role} has no policy {name}"


def _asked(ready: Ready) -> list[Json]:
    """The statements that accessPolicy stands for, as the documentation has them."""
    look, accept = "ec2:DescribeVpcEndpointServices", "ec2:AcceptVpcEndpointConnections"
    if ready.request.get("accessPolicy", "documented") == "documented":
        actions: list[list[str]] = [[accept, look], ["elasticache:*"]]
        return [plain({"Effect": "Allow", "Action": each, "Resource": "*"}) for each in actions]
    own = f"arn:aws:ec2:{ready.view.region}:{ACCOUNT}:vpc-endpoint-service/*"
    condition = {"StringEquals": {f"aws:ResourceTag/{NAME}": ready.connection}}
    readable = ["elasticache:Describe*", "elasticache:List*"]
    return [
        plain({"Effect": "Allow", "Action": accept, "Resource": own, "Condition": condition}),
        *(plain({"Effect": "Allow", "Action": each, "Resource": "*"}) for each in (look, readable)),
    ]


def _may_extend(ready: Ready) -> bool:
    arn = str(ready.handoff["roleArn"])
    return _is_own(ready.view, ready.role) or any(fnmatchcase(arn, each) for each in ready.extendable)


def _is_own(view: View, role: str) -> bool:
    tags = view.tags.get(("role", role), {})
    return bool(tags.get(WORKSPACE) and tags.get(MAKER))


def _roles(ready: Ready) -> Iterator[str]:
    """Of our roles the connection uses one, whose trust admits the workspace and no other."""
    view, tag = ready.view, f"{USE}{ready.view.region}/{ready.connection}"
    for (kind, name), tags in view.tags.items():
        if kind == "role" and tag in tags and name != ready.role and not ready.is_named("role", name):
            yield f"role {name} is used by {ready.connection}, not asked for, and no finding names it"
    if not _is_own(view, ready.role):
        return
    if tag not in view.tags["role", ready.role]:
        yield f"role {ready.role} does not say that {ready.connection} uses it"
    condition = {"StringEquals": {"sts:ExternalId": ready.handoff["workspaceId"]}}
    principal, action = {"AWS": VERVERICA}, "sts:AssumeRole"
    wanted = plain({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})
    if view.trust(ready.role) != [wanted] and not ready.is_named("access", f"{ready.role}/"):
        yield f"role {ready.role} trusts {view.trust(ready.role)}, not {wanted}"


def _zones(ready: Ready) -> Iterator[str]:
    """A load balancer is in its node's zone, or in all; one that has more is named by a finding."""
    view, cluster = ready.view, ready.view.clusters.get(ready.cluster)
    more = [each["message"] for each in ready.handoff["findings"] if each["code"] in ("SEVERAL_ZONES", "ZONES_KEPT")]
    all_zones = {str(view.inventory["subnet"][each]["zone"]) for each in cluster.subnets} if cluster else set()
    for row in ready.rows:
        wanted = all_zones if ready.request.get("zones") == "all" else {row["availabilityZone"]}
        for name in view.balancers_of(row["serviceId"]) if row["serviceId"] in ready.services else ():
            found = {str(view.inventory["subnet"][each]["zone"]) for each in _subnets(view, name)}
            if not wanted <= found or (found != wanted and not any(f"{row['node']} in " in each for each in more)):
                yield f"load balancer {name} of {row['node']} is in {sorted(found)}, not {sorted(wanted)}: {more}"


def _tags(ready: Ready) -> Iterator[str]:
    """What is made for the connection alone has the user's tags, and none that was asked for before alone."""
    left_out = {*ready.former} - {*ready.request.get("tags", {})}
    for kind, name in ready.marked:
        wanted = kind in ("endpointService", "loadBalancer", "targetGroup") and _is_wanted(ready, kind, name)
        tags = ready.view.tags[kind, name]
        for key, value in ready.request.get("tags", {}).items():
            if wanted and tags.get(key) != value:
                yield f"{kind} {name} has the tag {key} {tags.get(key)!r}, not {value!r}"
        for key in left_out & {*tags} if wanted else ():
            if not ready.is_named(kind, "tags of "):
                yield f"{kind} {name} has the tag {key}, which is not asked for any more"
