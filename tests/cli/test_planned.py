"""A plan as text, and what is said of a run that findings have ended."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console, RenderableType

from private_connection.errors import StepError
from private_connection.request.codes import CODES
from private_connection.request.findings import finding, refuse
from private_connection_cli.planned import told
from private_connection_cli.planned.costs import money
from private_connection_cli.planned.found import ERRORS, blocking
from tests.cli.plans import PLAN, change, made

TEXT = """\
orders  what a run would do, as of 2026-01-01 00:00:04 UTC
workspace ws-1, cluster orders, us-east-1

for the whole connection
  + role                  private-connection-ws-1
  - security group rule   sg-1: 10.0.0.0/24 on 6379 (sgr-1)

orders-002
  ~ target group          pc-orders-002
      port                6379 → 6380
      tags                a → nothing
  - target                pc-orders-002/10.0.0.9:6379

orders-003, orders-004, each
  + load balancer         zones us-east-1a (subnet-a)
  + target                known after the cluster is available
  + allowed principal     arn:aws:iam::794031221915:root

orders-001: as wanted

+ 7 to create   ~ 1 to change   - 2 to withdraw   = 42 kept
40 of them have no room in a plan, and are counted only

Cost  by AWS's price list  sample price
  the connection, a month               $1,000.00
    4 load balancers                    $1,000.00  2,920 Hrs at $0.34246575: a
    their capacity at rest                  $0.00  0 LCU-Hrs at $0.006: b
  the run, once                           $0.0049  198 StateTransitions at $0.000025: c
  the deployment, a month, for all      not known  17 Alarms: two prices
  not counted: traffic; the cluster, which is there already

Findings
  warning DEFAULT_GROUP_OPENED  cluster.id
    found x; expected y
    → z
  error CALL_DENIED  ingress  acknowledged
    found x; expected y
    → z
"""


def drawn(lines: Iterable[RenderableType], width: int = 100) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    for each in lines:
        console.print(each)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_the_plan_of_these_tests_is_one() -> None:
    jsonschema.validate(PLAN, json.loads(Path("docs/schema/plan.json").read_text()))


def test_a_plan_is_told_node_by_node_with_what_it_costs_and_what_was_found() -> None:
    assert drawn(told(PLAN, details=False)) == TEXT


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_breaks_no_word(width: int) -> None:
    text = drawn(told(PLAN, details=False), width)
    assert max(map(len, text.splitlines())) <= width
    assert {word.strip(":") for word in TEXT.split()} == {word.strip(":") for word in text.split()}


def test_a_name_that_is_longer_than_its_column_is_told_whole() -> None:
    tags: dict[str, Any] = {
        "tags.private-connection/shared-by/orders": (None, "all"),
        "tags.a-name-that-is-known/later": "the run",
    }
    text = drawn(told({**PLAN, "changes": [change("change", "role", "r", **tags)]}, details=False), 60)
    assert "\n      tags.private-connection/shared-by/orders\n                          all\n" in text
    assert "\n      tags.a-name-that-is-known/later\n                          known after the run\n" in text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_amount_is_cut_short_on_a_narrow_terminal(width: int) -> None:
    lines = [{**each, "amount": 8_760_000.0, "note": "a price that nobody asks"} for each in PLAN["cost"]["lines"]]
    cost = {**PLAN["cost"], "lines": lines, "totals": dict.fromkeys(PLAN["cost"]["totals"], 8_760_000.0)}
    text = drawn(told({**PLAN, "cost": cost}, details=False), width)
    assert (text.count("$8,760,000.00"), text.count("…")) == (5, 0)


def test_with_details_every_thing_is_told_with_its_attributes_node_by_node() -> None:
    text = drawn(told(PLAN, details=True))
    assert "each" not in text
    assert text.count("  = load balancer         pc-orders-00") == 2
    assert text.count("      zones               us-east-1a (subnet-a)\n") == 2
    assert text.count("      address             known after the cluster is available\n") == 2


def test_a_plan_that_changes_nothing_says_so() -> None:
    kept = [change("keep", "loadBalancer", f"pc-{number}", f"orders-00{number}") for number in (1, 2)]
    counts = {"create": 0, "keep": 9, "change": 0, "withdraw": 0}
    text = drawn(told({**PLAN, "changes": kept, "counts": counts, "findings": []}, details=False))
    assert "\norders-001, orders-002: as wanted\n\nNothing to do: 9 things are as they are wanted.\n\nCost" in text


def test_what_becomes_of_something_is_told_where_it_is_known_later_only() -> None:
    later = [change("keep", "target", "pc-1", "orders-001", "the cluster is available")]
    renamed = change("change", "role", "r", None, "the run has begun", tags="the run has begun")
    text = drawn(told({**PLAN, "changes": [renamed, *later]}, details=False))
    assert "\n  = target                pc-1  known after the cluster is available\n" in text
    assert "orders-001: as wanted" not in text
    assert text.count("known after the run has begun") == 2, "of the whole, and of its attribute"


def test_many_nodes_that_look_the_same_take_the_room_of_one() -> None:
    nodes = [each for n in range(90) for each in made(f"orders-{n:03}")]
    text = drawn(told({**PLAN, "changes": nodes}, details=False))
    assert "\norders-000, orders-001, orders-002, orders-003 and 86 more, each\n" in text
    assert text.count("load balancer ") == 1


def test_nodes_that_are_created_with_other_values_are_told_without_them() -> None:
    nodes = [change("create", "loadBalancer", f"pc-{n}", f"orders-{n}", zones=(None, f"zone-{n}")) for n in (1, 2)]
    assert "zone-" not in drawn(told({**PLAN, "changes": nodes}, details=False))
    assert "zone-2" in drawn(told({**PLAN, "changes": nodes[1:]}, details=False))


@pytest.mark.parametrize(
    ("amount", "text"), [(None, "not known"), (0.0, "$0.00"), (0.0049, "$0.0049"), (12345.678, "$12,345.68")]
)
def test_amounts_have_as_many_places_as_say_something(amount: float | None, text: str) -> None:
    assert money(amount) == text


# ------------------------------------------------------------------ refusals


def test_the_codes_that_can_be_acknowledged_are_those_of_the_deployment() -> None:
    assert {code for code, rule in CODES.items() if rule.level == "error"} == ERRORS


def cause(*codes: str) -> str:
    """Of a run that findings of these codes have ended; values are those that a user may write."""
    found = [finding(code, "cluster.id", '"a | b; remedy: c [X]"', "y", f"remedy {code}") for code in codes]
    with pytest.raises(StepError) as refused:
        refuse(found)
    return str(refused.value)


@pytest.mark.parametrize(
    ("codes", "passes"),
    [
        (("CALL_DENIED",), 'to let it pass, the request says "acknowledge": ["CALL_DENIED"]'),
        (
            ("CALL_DENIED", "INGRESS_CLOSED", "CLUSTER_ABSENT"),
            'to let it pass, the request says "acknowledge": ["CALL_DENIED", "INGRESS_CLOSED"]; the others never pass',
        ),
        (("CLUSTER_ABSENT",), None),
    ],
)
def test_findings_that_end_a_run_are_told_one_by_one_with_what_would_let_it_pass(
    codes: tuple[str, ...], passes: str | None
) -> None:
    lines = drawn(blocking(cause(*codes)), 200).splitlines()
    for code in codes:
        level = "error" if code in ERRORS else "refusal"
        assert f"  {level} {code}  cluster.id" in lines
        assert f"    → remedy {code}" in lines
    assert lines.count('    found "a | b; remedy: c [X]"; expected y') == len(codes)
    assert (lines[-1] == passes) == (passes is not None)
    assert any("acknowledge" in line for line in lines) == (passes is not None)


@pytest.mark.parametrize("text", ["", "creating load balancer (x): no [LimitExceeded]", "found a; expected b [NO_CODE"])
def test_another_cause_names_no_findings(text: str) -> None:
    assert list(blocking(text)) == []


def test_a_plan_has_words_for_every_type() -> None:
    schema: Any = json.loads(Path("docs/schema/plan.json").read_text())
    types = schema["$defs"]["PlannedChange"]["properties"]["type"]["enum"]
    text = drawn(told({**PLAN, "changes": [change("create", each, "name") for each in types]}, details=False))
    assert "  + cache subnet group    name\n" in text
    assert text.count("  name\n") + text.count(" name\n") >= len(types)
