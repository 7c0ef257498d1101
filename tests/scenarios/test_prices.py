"""What a plan says of cost when it asks the sandbox's price list: sample prices, or why there are none."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from private_connection import clients
from private_connection.preflight.cost import Cost, NodesMade, Quantities, estimate
from private_connection.settings import settings
from sandbox import services, wire
from sandbox.account import Account
from sandbox.clock import VirtualClock
from sandbox.faults import Fault
from sandbox.gateway import Gateway
from sandbox.world import World
from tests.faults.grounds import CREATE, ground
from tests.inside import Inside
from tests.scenarios.playing import READING

LISTED, UNLISTED = "cache.t4g.micro", "cache.x9.nano"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "us-west-1",
    "VERVERICA_PRINCIPAL": "arn:aws:iam::794031221915:root",
    "ACCESS_ROLE_PATH": "/private-connection/",
    "LOAD_BALANCERS": "arn:aws:elasticloadbalancing:us-west-1:123456789012:loadbalancer/net",
    "RECONCILE_MINUTES": "15",
}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    clients.pricing.cache_clear()
    conditions = World().conditions(VirtualClock(), seed=1)
    with wire.install(), mock_aws(), services.install(conditions), Gateway(conditions) as there:
        yield there
    settings.cache_clear()
    clients.pricing.cache_clear()


def estimated(node_type: str = LISTED, engine: str = "redis") -> Cost:
    return estimate(Quantities(load_balancers=3, made=(NodesMade(type=node_type, engine=engine, count=3),)))


def unknown(found: Cost) -> dict[str, str]:
    return {line.what: line.note for line in found.lines if line.amount is None}


@pytest.mark.parametrize(("engine", "hourly"), [("redis", 3_000), ("valkey", 2_000)])
def test_every_line_has_the_one_price_of_its_product_and_says_that_it_is_a_sample(
    gateway: Gateway, engine: str, hourly: int
) -> None:
    found = estimated(engine=engine)
    assert unknown(found) == {}
    assert {line.what: line.amount for line in found.lines} == {
        "3 load balancers": 3 * 730 * 1_000,
        "their capacity at rest": 0,
        "3 cache.t4g.micro nodes": 3 * 730 * hourly,
        "the run": 191 * 10,
        "19 alarms": 19 * 100,
        "the dashboard": 4_000,
        "sweeps, every 15 minutes": 2_920 * 10 * 10,
        "6 metrics of sweeps": 6 * 300,
    }
    assert found.note == "sample price"
    assert all(line.note.startswith("sample price: $") for line in found.lines)
    assert gateway.calls == {"pricing:GetProducts": 6}


def test_a_node_that_the_list_does_not_have_is_left_out(gateway: Gateway) -> None:
    found = estimated(UNLISTED)
    told = "the price list has no products for it, where one was expected"
    assert unknown(found) == {"3 cache.x9.nano nodes": told}
    assert found.totals.connection == 3 * 730 * 1_000
    assert not found.complete


@pytest.mark.parametrize(
    ("error", "told", "seconds"),
    [
        ("AccessDeniedException", "the price list refused to answer (AccessDeniedException)", 0.3),
        ("NoAnswer", "the price list did not answer (ReadTimeoutError)", 2.3),
    ],
)
def test_without_the_right_or_an_answer_no_line_has_a_price_and_little_time_is_lost(
    gateway: Gateway, error: str, told: str, seconds: float
) -> None:
    gateway.arm([Fault(operation="pricing:GetProducts", error=error)])
    before = gateway.conditions.now()
    found = estimated()
    assert set(unknown(found).values()) == {told}
    assert len(unknown(found)) == len(found.lines)
    assert gateway.calls == {"pricing:GetProducts": 1}
    assert gateway.conditions.now() - before == pytest.approx(seconds)


def test_a_refusal_of_one_answer_leaves_out_what_is_in_it(gateway: Gateway) -> None:
    gateway.arm([Fault(operation="pricing:GetProducts", error="ThrottlingException", skip=2)])
    assert unknown(estimated()) == {"the run": "the price list refused to answer (ThrottlingException)"}


# ------------------------------------------------------------------ in the workflow

PRICES = "pricing:GetProducts"


@pytest.fixture
def blank() -> Inside:
    return Inside(ground("blank", "create"))


def test_a_plan_asks_for_prices_and_a_run_does_not(blank: Account) -> None:
    planned = blank.run("provision", {**CREATE, "plan": True})
    assert (planned.status, planned.output["status"]) == ("SUCCEEDED", "PLANNED")
    assert {each["action"] for each in planned.output["changes"]} == {"create"}
    assert [each for each in planned.api_calls if not each.split(":")[1].startswith(READING)] == []
    cost = planned.output["cost"]
    assert (cost["note"], cost["complete"], cost["totals"]["connection"]) == ("sample price", True, 730 * 4_000)
    assert planned.api_calls[PRICES] == 5
    assert PRICES not in blank.run("provision", CREATE).api_calls


def test_no_plan_fails_for_its_prices(blank: Account) -> None:
    """Whatever error it is: beside those above, one that a step is tried again for where it says so."""
    throttled = Fault(operation=PRICES, error="ThrottlingException", times=6)
    planned = blank.run("provision", {**CREATE, "plan": True}, faults=[throttled])
    assert (planned.status, planned.output["status"]) == ("SUCCEEDED", "PLANNED")
    cost = planned.output["cost"]
    assert {line["amount"] for line in cost["lines"]} == {None}
    assert all(line["note"].startswith("the price list ") for line in cost["lines"])
