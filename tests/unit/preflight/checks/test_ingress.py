"""Whether the load balancers are let in where no rule is made: each finding, and what is near it and none."""

from typing import Any, Final

import pytest

from private_connection.cluster.admission import Rule
from private_connection.ownership import SERVES
from private_connection.preflight.checks.ingress import check_ingress
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RefusedLook
from private_connection.request.findings import Finding
from private_connection.request.parsing import parse_request
from tests.unit.builders import (
    OURS,
    Json,
    a_place,
    a_rule,
    a_security_group,
    a_subnet,
    an_existing,
    an_input,
    creating,
    facts,
)

REFUSED: Final = RefusedLook("cluster.id", "denied")
ADOPT: Final = an_input(cluster={"id": "redis-demo"}, ingress="none")
CREATE: Final = creating() | {"ingress": "none"}
NAMED: Final = creating(securityGroupIds=["sg-1"]) | {"ingress": "none"}
EVERYWHERE: Final = ADOPT | {"zones": "all"}
OUR_TAGS: Final = OURS | {f"{SERVES}redis-demo": "run-1"}
OWN: Final = a_rule(tags=OUR_TAGS)
SHARED: Final = a_rule(tags=OUR_TAGS | {f"{SERVES}other": "run-7"})
LISTED: Final = a_rule(cidr=None, prefix_list="pl-1")
A, B = a_subnet("us-east-1a"), a_subnet("us-east-1b", cidr="10.0.1.0/24")


def guarded(*rules: Rule, **changes: Any) -> Facts:
    """A cluster of one node, in a group with these rules; its subnet group has a subnet more."""
    fields: Json = {"groups": (a_security_group(),), "rules": rules}
    cluster = ClusterFacts(an_existing(), subnets=(A, B), places=(a_place(),))
    return facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(**fields | changes))


def to_create(*rules: Rule, **changes: Any) -> Facts:
    fields: Json = {"groups": (a_security_group(),), "rules": rules}
    return facts(creation=CreationFacts(subnets=(A, B)), paths=PathFacts(**fields | changes))


def placeless() -> Facts:
    return facts(cluster=ClusterFacts(an_existing(status="creating")), creation=CreationFacts(subnets=(A,)))


RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("INGRESS_CLOSED", "no rule", ADOPT, guarded()),
    ("INGRESS_CLOSED", "another port", ADOPT, guarded(a_rule(from_port=7000, to_port=7000))),
    ("INGRESS_CLOSED", "another subnet", ADOPT, guarded(a_rule(cidr="10.0.1.0/24"))),
    ("INGRESS_CLOSED", "our own rule", ADOPT, guarded(OWN)),
    ("INGRESS_CLOSED", "another group's members", ADOPT, guarded(a_rule(cidr=None))),
    ("INGRESS_CLOSED", "a list on another port", ADOPT, guarded(a_rule(cidr=None, prefix_list="pl-1", to_port=1))),
    ("INGRESS_CLOSED", "a group that we make", CREATE, to_create(groups=())),
    ("INGRESS_CLOSED", "one of two subnets", NAMED, to_create(a_rule())),
    ("INGRESS_CLOSED", "another zone", EVERYWHERE, guarded(a_rule())),
    ("INGRESS_UNSURE", "a list", ADOPT, guarded(LISTED)),
    ("INGRESS_UNSURE", "a list to create with", NAMED, to_create(a_rule(), LISTED)),
]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("a rule of the run's", an_input(cluster={"id": "redis-demo"}), guarded()),
    ("anywhere", an_input(cluster={"id": "redis-demo"}, ingress="anywhere"), guarded()),
    ("their rule", ADOPT, guarded(a_rule())),
    ("rules for all zones", EVERYWHERE, guarded(a_rule(), a_rule(cidr="10.0.1.0/24"))),
    ("a wider one", ADOPT, guarded(a_rule(cidr="10.0.0.0/8", protocol="-1", from_port=-1, to_port=-1))),
    ("a rule that another connection uses too", ADOPT, guarded(SHARED)),
    ("both subnets of a cluster to create", NAMED, to_create(a_rule(cidr="10.0.0.0/23"))),
    ("rules that could not be read", ADOPT, guarded(rules=REFUSED)),
    ("groups that could not be read", ADOPT, guarded(groups=REFUSED)),
    ("no place known yet", CREATE, placeless()),
    ("no cluster", ADOPT, facts(creation=CreationFacts())),
]


@pytest.mark.parametrize(("code", "what", "document", "found"), RAISED, ids=[f"{row[0]}-{row[1]}" for row in RAISED])
def test_what_is_not_let_in_is_a_finding(code: str, what: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in checked(document, found)] == [(code, "ingress")]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_what_is_let_in_or_not_known_is_none(what: str, document: Json, found: Facts) -> None:
    assert checked(document, found) == []


def checked(document: Json, found: Facts) -> list[Finding]:
    return list(check_ingress(parse_request(document), found))


def test_the_ranges_and_the_port_are_named() -> None:
    (found,) = checked(NAMED, to_create())
    assert "10.0.0.0/24, 10.0.1.0/24" in found.expected
    assert "on port 6379" in found.expected
    (found,) = checked(ADOPT, guarded(LISTED))
    assert "prefix list pl-1" in found.found


def test_rules_of_the_connection_that_serve_now_and_would_go_are_named() -> None:
    other_port = a_rule(id="sgr-2", tags=OUR_TAGS, from_port=7000, to_port=7000)
    (found,) = check_ingress(parse_request(ADOPT), guarded(OWN, other_port))
    assert f"without such a rule, as what serves now goes, and cuts its nodes off: {OWN.id};" in found.message
    (found,) = check_ingress(parse_request(ADOPT), guarded())
    assert "cuts" not in found.message
