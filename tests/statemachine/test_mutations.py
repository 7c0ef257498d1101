"""Recorded inputs are changed in every way in which the two implementations of JSONata have differed."""

import copy
import json
from typing import Any

from tools.definitions.mutations import MOST_PLACES, mutated

INPUT: dict[str, Any] = {"node": {"ip": "10.0.0.1", "zones": ["a"], "other": 1}, "more": 2}
RECORDED: dict[str, Any] = {
    "expression": "$states.input.node.ip & $count($states.input.node.zones)",
    "variables": {"states": {"input": INPUT}},
    "value": "10.0.0.11",
}


def changes(place: str) -> list[str]:
    """What stands at a place of the node in each changed input, as JSON; nothing for none."""
    inputs = [each["variables"]["states"].get("input") for each in mutated([RECORDED])]
    nodes = [each["node"] for each in inputs if isinstance(each, dict) and isinstance(each.get("node"), dict)]
    return [json.dumps(node[place]) if place in node else "" for node in nodes if node != INPUT["node"]]


def test_each_place_that_is_read_is_null_a_list_nothing_and_another_type() -> None:
    assert {"null", "[]", '["10.0.0.1"]', '[["10.0.0.1"]]', "5", "{}", ""} <= set(changes("ip"))
    assert {"null", "[]", '[["a"]]', '[[["a"]]]', '"text"', "[null]"} <= set(changes("zones"))


def test_what_is_not_read_stays() -> None:
    wholes = (each["variables"]["states"].get("input") for each in mutated([RECORDED]))
    assert {each["more"] for each in wholes if isinstance(each, dict) and each} == {2}


def test_each_has_what_the_sandbox_makes_of_it() -> None:
    found = mutated([{**RECORDED, "expression": "$states.input.node.ip"}])
    outcomes = {json.dumps(each.get("value", "fails")) for each in found}
    assert {"null", "[]", "5", '"fails"', '"10.0.0.1"'} <= outcomes
    assert all(("value" in each) is not ("fails" in each) for each in found)


def test_the_recorded_input_is_not_changed() -> None:
    before = copy.deepcopy(RECORDED)
    mutated([RECORDED])
    assert before == RECORDED


def test_what_is_drawn_is_left_out_and_the_places_have_a_limit() -> None:
    many = {"expression": "$sum([" + ", ".join(f"$v.k{n}" for n in range(50)) + "])"}
    wide = {**many, "variables": {"v": {f"k{n}": n for n in range(50)}}, "value": 1225}
    drawn = {"expression": "$uuid() & $v.k1", "variables": {"v": {"k1": 1}}, "value": "x"}
    assert mutated([drawn]) == []
    assert len(mutated([wide])) == 8 * MOST_PLACES
