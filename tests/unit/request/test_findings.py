"""Findings: stable codes, what blocks, and which error a run ends in."""

import json
from contextlib import nullcontext
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_connection.errors import ClusterUnusable, InvalidRequest, NotOurs, Terminal
from private_connection.request.codes import BLOCKING, CODES
from private_connection.request.findings import Finding, absent, blocks, finding, refuse, shown, shown_key

ONE_OF_EACH = {NotOurs: "CLUSTER_ID_TAKEN", ClusterUnusable: "CLUSTER_LOST", InvalidRequest: "CLUSTER_ABSENT"}


def a_finding(code: str = "CLUSTER_ABSENT", **changes: str) -> Finding:
    parts = {"field": "cluster.id", "found": "a", "expected": "b", "remedy": "c"}
    return finding(code, **parts | changes)


def test_a_code_that_is_not_listed_is_a_defect() -> None:
    with pytest.raises(KeyError):
        a_finding("NONESUCH")


def test_a_finding_says_where_what_and_what_to_do() -> None:
    assert str(a_finding()) == "cluster.id: found a; expected b; remedy: c [CLUSTER_ABSENT]"


def test_what_does_not_exist_is_named() -> None:
    text = str(absent("SUBNET_ABSENT", "cluster.create.subnetIds", "subnet-1", "a subnet"))
    assert text.startswith('cluster.create.subnetIds: found "subnet-1", which does not exist; expected a subnet of')


def test_refusing_nothing_is_nothing() -> None:
    refuse([])


@pytest.mark.parametrize("code", [code for code, rule in CODES.items() if rule.level not in BLOCKING])
def test_a_warning_blocks_nothing(code: str) -> None:
    refuse([a_finding(code)])


@pytest.mark.parametrize("code", [code for code, rule in CODES.items() if rule.level in BLOCKING])
def test_what_blocks_ends_in_the_error_of_its_code(code: str) -> None:
    with pytest.raises(CODES[code].error, match=rf"^validating request: cluster\.id: found a; .*\[{code}\]$"):
        refuse([a_finding("SCOPED_POLICY"), a_finding(code)])


def test_an_error_blocks_too() -> None:
    with pytest.raises(InvalidRequest):
        refuse([a_finding().model_copy(update={"level": "error"})])


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_error_that_is_acknowledged_blocks_no_more_and_nothing_else_does_less(code: str) -> None:
    findings, level = [a_finding(code)], CODES[code].level
    assert blocks(findings[0]) == (level in BLOCKING)
    assert blocks(findings[0], (code,)) == (level == "refusal")
    assert blocks(findings[0], ("NONESUCH",)) == (level in BLOCKING)
    with pytest.raises(CODES[code].error) if level == "refusal" else nullcontext():
        refuse(findings, (code,))


@pytest.mark.parametrize("order", list(permutations(ONE_OF_EACH)), ids=lambda order: order[0].__name__)
def test_whose_it_is_comes_before_whether_it_is_of_use(order: tuple[type[Terminal], ...]) -> None:
    findings = [a_finding(ONE_OF_EACH[error]) for error in order]
    with pytest.raises(NotOurs) as error:
        refuse(findings)
    assert [code for code in ONE_OF_EACH.values() if code not in str(error.value)] == []
    with pytest.raises(ClusterUnusable):
        refuse([each for each in findings if each.code != "CLUSTER_ID_TAKEN"])


@pytest.mark.parametrize(("number", "told"), [(20, 20), (21, 20), (2_500, 20)])
def test_the_first_are_told_and_the_others_counted(number: int, told: int) -> None:
    with pytest.raises(InvalidRequest) as error:
        refuse(a_finding(field=f"field-{each}.") for each in range(number))
    assert str(error.value).count("[CLUSTER_ABSENT]") == told
    assert str(error.value).endswith(f" | and {number - told} more; correct these first") == (number > told)


@given(st.text())
def test_keys_are_shown_short(key: str) -> None:
    assert len(shown_key(key)) <= 80
    assert shown_key(key) == json.dumps(key, ensure_ascii=False)[1:-1] or shown_key(key).endswith("...")


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists))
def test_values_are_shown_short(value: object) -> None:
    text = shown(value)
    assert len(text) <= 80
    assert text == json.dumps(value, ensure_ascii=False) or text.endswith("...")
