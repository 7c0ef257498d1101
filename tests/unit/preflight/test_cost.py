"""The cost in a plan: amounts of AWS's own prices, and a note instead where there is none."""

import inspect
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from bench.sweep_report import TRANSITIONS
from private_connection.preflight.cost import (
    ALARM_OF_SCHEDULE,
    ALARMS,
    ALARMS_OF_NODE_EVENTS,
    BACKUPS,
    RUN,
    RUN_OF_NODE,
    SWEEP,
    SWEPT_METRICS,
    THERE,
    UNKNOWN_NODES,
    UNSWEPT,
    Cost,
    CostLine,
    NodesMade,
    Quantities,
    estimate,
)
from private_connection.registry import sweeps
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.listed import Json, listing, priced, product
from tools.deployment import read_template

PERFORMANCE = Path("docs/performance.md")
CREATED = Quantities(load_balancers=3, made=(NodesMade(type="cache.t4g.micro", engine="redis", count=3),))
PRODUCTS: dict[str, tuple[Json, ...]] = {
    "AWSELB": (
        product("EUC1-LoadBalancerUsage", "Hrs", priced("Hrs", "10")),
        product("EUC1-LCUUsage", "LCU-Hrs", priced("LCU-Hrs", "20")),
    ),
    "AmazonElastiCache": (product("EUC1-NodeUsage:cache.t4g.micro", "Hrs", priced("Hrs", "30")),),
    "AmazonStates": (
        product(
            "EUC1-StateTransition",
            "StateTransitions",
            priced("StateTransitions", "0", "0", "4000"),
            priced("StateTransitions", "0.5", "4000"),
        ),
    ),
    "AmazonCloudWatch": (
        product("EUC1-CW:AlarmMonitorUsage", "Alarms", priced("Alarms", "40")),
        product("EUC1-CW:MetricMonitorUsage", "Metrics", priced("Metrics", "50")),
        product("DashboardsUsageHour-Basic", "Dashboards", priced("Dashboards", "60")),
    ),
}


@pytest.fixture
def list_of_prices(aws: FakeAws) -> FakeAws:
    aws.answers("GetProducts", lambda asked: listing(*PRODUCTS[asked["ServiceCode"]]))
    return aws


def amounts(found: Cost) -> dict[str, float | None]:
    return {line.what: line.amount for line in found.lines}


def test_a_connection_with_its_own_cluster_costs_its_nodes_and_load_balancers(list_of_prices: FakeAws) -> None:
    found = estimate(CREATED)
    assert amounts(found) == {
        "3 load balancers": 3 * 730 * 10,
        "their capacity at rest": 0,
        "3 cache.t4g.micro nodes": 3 * 730 * 30,
        "the run": (170 + 3 * 7) * 0.5,
        "18 alarms": 18 * 40,
        "the dashboard": 60,
    }
    assert (found.totals.connection, found.totals.run, found.totals.deployment) == (3 * 730 * 40, 95.5, 780)
    assert (found.currency, found.complete) == ("USD", True)
    assert BACKUPS in found.not_counted
    assert UNSWEPT in found.not_counted


def test_a_cluster_that_is_there_is_not_counted(list_of_prices: FakeAws) -> None:
    found = estimate(Quantities(load_balancers=1))
    assert list(amounts(found))[:2] == ["1 load balancer", "their capacity at rest"]
    assert THERE in found.not_counted
    assert "AmazonElastiCache" not in {each["ServiceCode"] for each in list_of_prices.asked("GetProducts")}


@pytest.mark.parametrize(("asked", "known"), [(1, True), (0, False)], ids=["a node", "nodes that nobody knows yet"])
def test_load_balancers_that_stay_though_nobody_asks_for_them_cost_as_much(
    list_of_prices: FakeAws, asked: int, known: bool
) -> None:
    found = estimate(Quantities(load_balancers=asked, staying=2, nodes_known=known))
    assert amounts(found)["2 load balancers that stay"] == 2 * 730 * 10
    assert "their capacity at rest" in amounts(found)
    assert found.totals.connection == (asked + 2) * 730 * 10
    assert "1 load balancer that stays" in amounts(estimate(Quantities(load_balancers=1, staying=1)))


def test_each_line_has_quantity_unit_and_unit_price_as_the_list_gives_them(list_of_prices: FakeAws) -> None:
    found = {line.what: line for line in estimate(CREATED).lines}
    nodes, run = found["3 cache.t4g.micro nodes"], found["the run"]
    assert (nodes.quantity, nodes.unit, nodes.unit_price) == (2190, "Hrs", 30)
    assert (run.quantity, run.unit, run.unit_price) == (191, "StateTransitions", 0.5)


def test_load_balancers_of_nodes_that_nobody_knows_are_not_counted(list_of_prices: FakeAws) -> None:
    found = estimate(Quantities(load_balancers=0, nodes_known=False))
    assert {line.part for line in found.lines} == {"deployment"}
    assert (found.totals.connection, found.totals.run, found.complete) == (None, None, True)
    assert UNKNOWN_NODES in found.not_counted


def test_the_node_is_looked_for_by_engine_and_type(list_of_prices: FakeAws) -> None:
    estimate(Quantities(load_balancers=1, made=(NodesMade(type="cache.r7g.large", engine="valkey", count=1),)))
    asked = [each for each in list_of_prices.asked("GetProducts") if each["ServiceCode"] == "AmazonElastiCache"]
    assert {each["Field"]: each["Value"] for each in asked[0]["Filters"]} == {
        "regionCode": "eu-central-1",
        "cacheEngine": "Valkey",
        "instanceType": "cache.r7g.large",
    }


@pytest.mark.parametrize(("minutes", "sweeps", "metrics"), [(15, 2_920, 6), (60, 730, 6), (1440, 730 / 24, 6 / 24)])
def test_sweeps_cost_by_their_schedule(
    list_of_prices: FakeAws, monkeypatch: pytest.MonkeyPatch, minutes: int, sweeps: float, metrics: float
) -> None:
    monkeypatch.setenv("RECONCILE_MINUTES", str(minutes))
    found = estimate(CREATED)
    assert amounts(found)[f"sweeps, every {minutes} minutes"] == pytest.approx(sweeps * SWEEP * 0.5, abs=0.01)
    assert amounts(found)["6 metrics of sweeps"] == pytest.approx(metrics * 50, abs=0.01)
    assert amounts(found)["19 alarms"] == 760
    assert UNSWEPT not in found.not_counted


def test_node_events_have_alarms_of_their_own(list_of_prices: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_EVENTS_TOPIC", "arn:aws:sns:eu-central-1:123456789012:topic")
    assert "20 alarms" in amounts(estimate(CREATED))


def test_the_alarms_are_those_of_the_template() -> None:
    resources = read_template().source["Resources"].values()
    alarms = [each.get("Condition") for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    expected = {None: ALARMS, "HasNodeEvents": ALARMS_OF_NODE_EVENTS, "IsSwept": ALARM_OF_SCHEDULE}
    assert Counter(alarms) == expected
    assert len(set(re.findall(r'"[A-Z]\w+": \(?counts\.', inspect.getsource(sweeps)))) == SWEPT_METRICS


def test_transitions_are_about_those_that_were_measured() -> None:
    """By the table of docs/performance.md, whose rows are a mode, nodes, and later on the transitions."""
    rows = re.findall(
        r"^\| (?:create|adopt) \| (\d+) \|(?:[^|]*\|){6} ([\d,]+) \|", PERFORMANCE.read_text(), re.MULTILINE
    )
    assert len({nodes for nodes, _ in rows}) >= 5
    for nodes, measured in rows:
        assert RUN + RUN_OF_NODE * int(nodes) == pytest.approx(int(measured.replace(",", "")), rel=0.2)
    assert SWEEP == TRANSITIONS


def test_made_up_prices_are_called_so(list_of_prices: FakeAws) -> None:
    found = estimate(CREATED)
    assert found.note == "sample price"
    assert all(line.note.startswith("sample price: $") for line in found.lines)


def test_prices_of_the_list_are_not_called_made_up(aws: FakeAws) -> None:
    real = product("LoadBalancerUsage", "Hrs", {**priced("Hrs", "1"), "description": "$1 per hour"})
    aws.answers("GetProducts", listing(real))
    found = estimate(CREATED)
    assert (found.note, found.lines[0].note) == (None, "$1 per hour")


def test_a_plan_does_without_prices(aws: FakeAws) -> None:
    aws.answers("GetProducts", Refusal("AccessDeniedException"))
    found = estimate(CREATED)
    assert {line.amount for line in found.lines} == {None}
    assert {line.note for line in found.lines} == {"the price list refused to answer (AccessDeniedException)"}
    assert (found.totals.connection, found.totals.run, found.totals.deployment) == (None, None, None)
    assert not found.complete
    assert len(aws.calls) == 1


def test_a_total_is_of_what_is_known(aws: FakeAws) -> None:
    aws.answers("GetProducts", lambda asked: listing(*PRODUCTS["AWSELB"]))
    found = estimate(CREATED)
    assert found.totals.connection == 3 * 730 * 10
    assert [line.what for line in found.lines if line.amount is None] == [
        "3 cache.t4g.micro nodes",
        "the run",
        "18 alarms",
        "the dashboard",
    ]
    assert not found.complete


def test_amounts_are_rounded_at_the_end(aws: FakeAws) -> None:
    exact = product("LoadBalancerUsage", "Hrs", priced("Hrs", "0.0000049"))
    aws.answers("GetProducts", listing(exact))
    (line, *_) = estimate(Quantities(load_balancers=3)).lines
    assert line.amount == float(round(Decimal("0.0000049") * 3 * 730, 2)) == 0.01


def test_it_travels_as_json(list_of_prices: FakeAws) -> None:
    found = estimate(CREATED)
    assert Cost.model_validate_json(found.model_dump_json(by_alias=True)) == found
    assert {each.replace("_p", "P") for each in CostLine.model_fields} == set(found.lines[0].model_dump(by_alias=True))


MONEY = re.compile(r"\$\s*\d|\d\s*(?:USD|dollars|cents)\b")
FRACTION = re.compile(r"(?<![\w.])\d*\.\d+(?![\w.])")
PRODUCT = (Path("layers/private_connection/private_connection"), Path("functions"), Path("cli"))


def test_no_price_is_in_the_code() -> None:
    texts = {path: path.read_text() for folder in PRODUCT for path in folder.rglob("*.py")}
    assert {str(path): found for path, text in texts.items() if (found := MONEY.findall(text))} == {}
    of_cost = [texts[PRODUCT[0] / "preflight" / f"{name}.py"] for name in ("cost", "price_list")]
    assert [number for text in of_cost for number in FRACTION.findall(text)] == ["0.01", "0.0001"]  # to round to
