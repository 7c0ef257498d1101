"""What a sweep costs: shares of request rates, bounds, a month; and one that is measured."""

import pytest

from bench.claims import failing
from bench.fleet import Fleet
from bench.sweep_report import as_json, most_transitions, section, sweep_claims
from bench.sweeps import A_MONTH, SIZES, Swept, fleets, reads
from bench.sweeps import swept as swept_fleet
from bench.workflow import Measured

QUIET = {"elbv2:DescribeTargetHealth": 300, "elbv2:DescribeTargetGroups": 15, "ec2:DescribeSubnets": 895}
WRITES = {"dynamodb:GetItem": 2, "dynamodb:PutItem": 2}


def swept(
    calls: dict[str, int] | None = None,
    fleet: Fleet = Fleet(1_000, 3),  # noqa: B008  frozen
    *,
    others: tuple[str, ...] = (),
    transitions: int = 21,
    payload: int = 131_072,
    events: int = 5_000,
) -> Swept:
    calls = {**QUIET, **WRITES} if calls is None else calls
    measured = Measured(60.0, events, payload, transitions, sum(calls.values()), 0.001)
    return Swept(fleet, measured, calls, invocations=3, others=others, drifted=0, started=0)


def broken(found: Swept) -> list[str]:
    return [each.what.partition(": ")[2] for each in failing(sweep_claims([found]))]


def test_every_size_is_swept_quiet_and_moved_the_largest_first() -> None:
    found = fleets()

    assert {(each.connections, each.nodes, each.moved) for each in found} == {
        (*size, moved) for size in SIZES for moved in (False, True)
    }
    assert found[0].connections == 1_000


def test_a_share_is_of_what_the_account_may_ask_in_fifteen_minutes() -> None:
    # 10 a second of Elastic Load Balancing, 20 a second of EC2: 9,000 and 18,000
    found = swept()

    assert found.share("elbv2") == pytest.approx(100 * 315 / 9_000)
    assert found.share("ec2") == pytest.approx(100 * 895 / 18_000)


def test_what_changes_something_is_no_part_of_a_share() -> None:
    assert swept({"elbv2:RegisterTargets": 900}).share("elbv2") == 0


@pytest.mark.parametrize(
    ("operation", "is_read"),
    [
        ("dynamodb:BatchGetItem", True),
        ("dynamodb:Scan", True),
        ("iam:ListRolePolicies", True),
        ("dynamodb:PutItem", False),
        ("dynamodb:BatchWriteItem", False),
        ("stepfunctions:StartExecution", False),
    ],
)
def test_operations_that_read(operation: str, is_read: bool) -> None:
    assert reads(operation) == is_read


@pytest.mark.parametrize(("looked_at", "most"), [(0, 10), (1, 10), (25, 10), (26, 11), (50, 11), (51, 12), (300, 21)])
def test_a_batch_after_the_first_takes_one_transition_more(looked_at: int, most: int) -> None:
    assert most_transitions(looked_at) == most


def test_a_sweep_within_its_bounds() -> None:
    assert broken(swept()) == []


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (swept(others=("ec2:CreateTags",)), "requests that change more than the sweep's item"),
        (swept({**QUIET, "dynamodb:PutItem": 4}), "writes of the sweep's item"),
        (
            swept({**QUIET, "elasticache:DescribeCacheClusters": 0, "iam:ListRoles": 0}, transitions=22),
            "state transitions",
        ),
        (swept({"elbv2:DescribeTargetHealth": 1, "iam:ListRoles": 18}, transitions=10), "AWS calls"),
        (swept({"elbv2:DescribeTargetHealth": 631}), "per cent of ELB's rate"),
        (swept({"elbv2:DescribeTargetHealth": 300, "ec2:DescribeSubnets": 901}), "per cent of EC2's rate"),
        (swept(payload=131_073), "bytes in any state"),
        (swept(fleet=Fleet(10, 150, moved=True), payload=131_073), "bytes in any state"),
        (swept(fleet=Fleet(10, 150, moved=True), events=5_001), "history events"),
    ],
)
def test_each_bound_can_be_broken(found: Swept, what: str) -> None:
    assert broken(found) == [what]


def test_a_month_is_of_as_many_sweeps_as_thirty_days_have() -> None:
    (document,) = as_json([swept()])

    assert A_MONTH == 4 * 24 * 30
    assert document["aMonth"] == {
        "sweeps": 2_880,
        "stateTransitions": 21 * 2_880,
        "lambdaInvocations": 3 * 2_880,
        "dynamodbRequests": 4 * 2_880,
        "costUsd": 2.88,
    }


def test_the_section_shows_what_was_looked_at_and_the_calls_of_each_service() -> None:
    written = section([swept(), swept(fleet=Fleet(1_000, 3, moved=True))])

    assert "| 1,000 × 3 nodes | quiet | 300 | 0 | 1,214 | 3.50 % | 4.97 % | 21 | 5,000 | 128.0 KiB | 60 s |" in written
    assert "| 1,000 × 3 nodes | moved | 0 | 315 | 895 | 0 | 4 | 0 |" in written
    assert "| 1,000 × 3 nodes | 60,480 | 8,640 | 11,520 | $2.88 |" in written


def test_a_sweep_that_finds_every_node_moved_starts_repairs_and_leaves_them() -> None:
    found = swept_fleet(Fleet(2, 3, moved=True))

    assert (found.drifted, found.started, found.invocations >= 4) == (2, 2, True)
    assert set(found.others) == {"stepfunctions:StartExecution"}
    assert found.measured.seconds < 60
