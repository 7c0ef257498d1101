"""Admission: which ranges need a rule of ours, beside the rules that are there."""

from typing import Final

import pytest

from private_connection.cluster.admission import Rule, unadmitted
from private_connection.ownership import CONNECTION, CREATED_BY, SERVES
from tests.unit.builders import OURS, Json, a_rule

A, B, BOTH = "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/23"
OTHERS: Final = {CONNECTION: "other", CREATED_BY: "run-7", f"{SERVES}other": "run-7"}
EVERYTHING: Final[Json] = {"protocol": "-1", "from_port": -1, "to_port": -1}


ROWS: Final[list[tuple[str, list[Rule], list[str]]]] = [
    ("no rule", [], [A, B]),
    ("one of the two ranges", [a_rule()], [B]),
    ("a wider range", [a_rule(cidr="10.0.0.0/16")], []),
    ("everywhere", [a_rule(cidr="0.0.0.0/0")], []),
    ("a range of ports", [a_rule(cidr=BOTH, from_port=0, to_port=65535)], []),
    ("every protocol", [a_rule(cidr=BOTH, **EVERYTHING)], []),
    ("two halves of a range", [a_rule(cidr="10.0.0.0/25"), a_rule(cidr="10.0.0.128/25")], [B]),
    ("two ranges that touch", [a_rule(cidr=A), a_rule(cidr=B)], []),
    ("half a range", [a_rule(cidr="10.0.0.0/25")], [A, B]),
    ("a prefix list", [a_rule(cidr=None)], [A, B]),
    ("another protocol", [a_rule(cidr=BOTH, protocol="udp")], [A, B]),
    ("another range", [a_rule(cidr="10.9.0.0/16")], [A, B]),
    ("ports below", [a_rule(cidr=BOTH, from_port=6000, to_port=6378)], [A, B]),
    ("ports above", [a_rule(cidr=BOTH, from_port=6380, to_port=7000)], [A, B]),
    ("another connection's rule for the range", [a_rule(tags=OTHERS)], [B]),
    ("another connection's wider rule", [a_rule(cidr="0.0.0.0/0", tags=OTHERS)], [A, B]),
    ("a wider rule that lacks our marks", [a_rule(cidr="0.0.0.0/0", tags={f"{SERVES}other": "run-7"})], []),
]


@pytest.mark.parametrize(("what", "rules", "left"), ROWS, ids=[row[0] for row in ROWS])
def test_the_ranges_that_need_a_rule(what: str, rules: list[Rule], left: list[str]) -> None:
    assert unadmitted(rules, 6379, [B, A]) == left


def test_a_rule_is_used_by_the_connections_that_left_their_tag() -> None:
    both = {f"{SERVES}redis-demo": "run-1"} | OTHERS | OURS
    assert a_rule(tags=both).users == {"redis-demo", "other"}
    assert a_rule(tags={"Name": "theirs"}).users == set()


@pytest.mark.parametrize("other", [EVERYTHING, {"to_port": 6380}, {"from_port": 6378}, {"protocol": "udp"}], ids=str)
def test_a_rule_for_more_than_the_port_is_not_as_ours_are(other: Json) -> None:
    assert a_rule().is_for(6379)
    assert not a_rule(**other).is_for(6379)
