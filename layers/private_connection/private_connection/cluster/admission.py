"""Admission: whom the inbound rules of a cluster's security groups let in already. Pure.

All groups of a cluster count, and each rule by what it admits: ranges that touch count as one. Rules for a prefix list
or for another group admit nobody here, because whom they admit cannot be told from the rule.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from private_connection.cluster.networks import Subnet
from private_connection.cluster.security_groups import SecurityGroup
from private_connection.ownership import Tags, is_marked, users_in
from private_connection.request.findings import Finding, finding
from private_connection.request.models import Ingress

ANYWHERE = "0.0.0.0/0"
EVERY_PROTOCOL = "-1"


@dataclass(frozen=True, slots=True)
class Rule:
    """An inbound rule that counts against the group's quota of IPv4 rules."""

    id: str
    group_id: str
    cidr: str | None
    """The IPv4 range that it admits; null for a prefix list or another group."""
    protocol: str
    from_port: int
    to_port: int
    tags: Tags
    prefix_list: str | None = None
    """The prefix list that it admits; null for a range or another group."""

    @property
    def users(self) -> set[str]:
        """The connections that use the rule; none for a rule that is not ours, because it lacks one of our marks."""
        return users_in(self.tags) if is_marked(self.tags) else set()

    @property
    def told(self) -> str:
        """What it admits, as people say it: ``10.0.0.0/24 on 6379``."""
        ports = f"{self.from_port}" if self.from_port == self.to_port else f"{self.from_port} to {self.to_port}"
        on = ports if self.protocol == "tcp" else "every port" if self.from_port < 0 else f"{self.protocol} {ports}"
        return f"{self.cidr or self.prefix_list or 'a group'} on {on}"

    @property
    def called(self) -> str:
        """What plans and findings call it: ``sg-1: 10.0.0.0/24 on 6379 (sgr-1)``."""
        return f"{self.group_id}: {self.told} ({self.id})"

    def admits(self, port: int) -> bool:
        """Whether it admits TCP on the port. A rule for every protocol has no ports (API reference, IpPermission)."""
        return self.protocol == EVERY_PROTOCOL or (self.protocol == "tcp" and self.from_port <= port <= self.to_port)

    def is_for(self, port: int) -> bool:
        """Whether it is for TCP on this port alone, as the rules that we make are."""
        return (self.protocol, self.from_port, self.to_port) == ("tcp", port, port)


def sources_of(ingress: Ingress, subnets: Iterable[Subnet]) -> set[str]:
    """The ranges to admit: those of the subnets that load balancers sit in, every address, or none."""
    if ingress == "none":
        return set()
    return {ANYWHERE} if ingress == "anywhere" else {each.cidr for each in subnets if each.cidr is not None}


def unadmitted(rules: Iterable[Rule], port: int, sources: Collection[str]) -> list[str]:
    """The ranges among ``sources`` that need a rule, because nothing admits them on the port.

    A rule of ours counts only for its very range, which connections share: a wider one, of another connection, is
    revoked with that connection.
    """
    on_port = [(rule.cidr, rule) for rule in rules if rule.cidr is not None and rule.admits(port)]
    made = {cidr for cidr, rule in on_port if rule.is_for(port)}
    admitted = list(collapse_addresses(IPv4Network(cidr) for cidr, rule in on_port if not rule.users))
    return [each for each in sorted(set(sources) - made) if not _is_within(each, admitted)]


def serving_rules(rules: Iterable[Rule], port: int, sources: Collection[str]) -> list[Rule]:
    """The rules of ours, of whichever connection, that let in what is among ``sources``."""
    return [rule for rule in rules if rule.is_for(port) and rule.cidr in sources and rule.users]


def opening_findings(
    connection: str, opened: SecurityGroup, rules: Sequence[Rule], sources: Collection[str], missing: Sequence[str]
) -> Iterator[Finding]:
    """A finding if a group that guards other things too gets a rule, or has one of the connection's."""
    uses = {rule.group_id for rule in rules if connection in rule.users and rule.cidr in sources}
    if opened.is_default and (missing or opened.id in uses):
        yield _default_group_opened(opened)


def _is_within(cidr: str, ranges: Sequence[IPv4Network]) -> bool:
    network = IPv4Network(cidr)
    return any(network.subnet_of(each) for each in ranges)


def _default_group_opened(group: SecurityGroup) -> Finding:
    return finding(
        "DEFAULT_GROUP_OPENED",
        "cluster.id",
        f"a cluster in no security group but its VPC's default one ({group.id}): the rule that admits the load "
        f"balancers is added there, and applies to whatever else is in that group",
        "a security group of the cluster's own",
        "give the cluster a security group of its own and run again",
    )
