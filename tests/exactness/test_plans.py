"""A plan is what the run after it does: of every run of every scenario that nothing disturbs.

There are two witnesses of what a run did: the account before and after it, and the calls that it made.
A few scenarios, and one fault in the planner, are drawn with every change; `make soak` tries all of them, and random
sequences.
"""

import json
import shutil
import sys
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import Start
from sandbox.world import World
from tests.draws import SOAKING, Sides, drawn
from tests.exactness.planned import BY_ACCOUNT, BY_CALLS, BY_FINDINGS
from tests.exactness.planning import held_against, planned
from tests.exactness.view import view
from tests.faults import sequences
from tests.faults.drifts import DRIFTS, drifted, happen
from tests.scenarios.playing import FOLDER, Watched

ROOT: Final = Path(__file__).parents[2]
CHANGING: Final = Path(__file__).parent / "changing.yaml"
GROWING: Final = Path(__file__).parent / "growing.yaml"
SCENARIOS: Final = [*sorted(FOLDER.glob("*.yaml")), CHANGING, GROWING]
OF_PLACES: Final = ("securityGroupRule", "zones of loadBalancer")
"""What a place decides."""
MADE_AGAIN: Final = tuple(
    f"{BY_CALLS}: was not planned: {each}"
    for each in ("withdraw loadBalancer", "create loadBalancer", "create listener")
)
"""What becomes of a load balancer besides that is there already: the account shows the one that is there in the end."""
PLACED_OTHERWISE: Final[dict[str, tuple[str, ...]]] = {
    "placed-elsewhere": (*OF_PLACES, *MADE_AGAIN),
    "refused-zone": OF_PLACES,
    "refused-zone-cluster-mode": OF_PLACES,
}
"""Scenarios in which ElastiCache puts nodes elsewhere than it is asked to, which nobody can know before."""
SHARE: Final = len(SCENARIOS)
ADOPT: Final = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
THERE: Final = World.model_validate(
    {
        "clusters": [{"id": "orders", "replicasPerShard": 1, "securityGroups": ["sg-cache"]}],
        "latency": {"loadBalancer": 20, "registration": 20, "endpointService": 2},
    }
)


@pytest.mark.parametrize("scenario", drawn(SCENARIOS, "planned scenarios", SHARE), ids=lambda each: each.stem)
def test_a_run_does_what_was_planned(scenario: Path) -> None:
    account = held_against(scenario)
    of_places = PLACED_OTHERWISE.get(scenario.stem, ())
    assert [each for each in account.problems if not any(part in each for part in of_places)] == []
    assert account.planned > 0


def test_every_scenario_is_among_those_that_are_planned() -> None:
    assert PLACED_OTHERWISE.keys() < {each.stem for each in SCENARIOS}


# ------------------------------------------------------------------ faults that are found

PLANNER: Final = "layers/private_connection/private_connection/planning"
FAULTS: Final = [
    ("changed-address", "path_changes.py", "in others_than(own, path.states))", "in ())"),
    ("more-zones", "path_changes.py", "| missing_zones(balancer.zones, asked)", ""),
    ("all-zones", "path_changes.py", "cross_zone=len(zones.after) > 1", "cross_zone=False"),
    ("adopt-disabled", "path_changes.py", "if own in path.states:", "if False:"),
    ("adopt-disabled", "access.py", "if there is None:", "if True:"),
    ("smallest", "path_changes.py", "    yield from _listener(wanted, node, path, zones)\n", ""),
    ("group-open", "ingress.py", "unadmitted(rules, port, sources)", "sorted(sources)"),
    ("growing", "cluster.py", "coming_nodes(request, cluster) if resolved is None", "() if resolved is None"),
]
"""A scenario, and what is wrong in which module."""
OF_FINDINGS: Final = [
    ("all-zones", "path_changes.py", "len(zones.after) > max(1, asked)", "False"),
    ("adopt-standalone", "ingress.py", "findings=tuple(findings)", "findings=()"),
]
OF_WHAT_GOES: Final = [
    (CHANGING.stem, "access.py", "and not exceeds(there, wanted)", ""),
    (CHANGING.stem, "surplus_changes.py", '    "loadBalancer",\n', ""),
    (CHANGING.stem, "surplus_changes.py", "if set(users) - {connection}:", "if False:"),
]


def with_a_fault(folder: Path, module: str, right: str, wrong: str) -> Path:
    """A deployment whose planner has a fault: the path of its template."""
    for name in ("functions", "statemachine"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "layers", folder / "layers")
    shutil.copy(ROOT / "template.yaml", folder)
    path = folder / PLANNER / module
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    return folder / "template.yaml"


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product is not loaded: else a deployment from elsewhere would find the one of this checkout."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "private_connection"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize(
    ("scenario", "module", "right", "wrong"),
    [
        *drawn([*FAULTS, *OF_FINDINGS], "faults of the planner", len(FAULTS + OF_FINDINGS)),
        *(OF_WHAT_GOES if SOAKING else ()),
    ],
    ids=str,
)
def test_a_fault_of_the_planner_is_found_by_each_witness_who_can_see_it(
    tmp_path: Path, scenario: str, module: str, right: str, wrong: str
) -> None:
    (path,) = (each for each in SCENARIOS if each.stem == scenario)
    problems = held_against(path, with_a_fault(tmp_path, module, right, wrong)).problems
    is_told = (scenario, module, right, wrong) in OF_FINDINGS
    for witness in (BY_FINDINGS,) if is_told else (BY_ACCOUNT, BY_CALLS):
        assert any(f": {witness}: " in each for each in problems), witness


# ------------------------------------------------------------------ random sequences

SEEDS: Final = range(700_000, 700_040)
BEGINNING: Final = 3
"""So many steps of one are taken with every change."""


def taken(account: Account, step: sequences.Step) -> list[str]:
    if not isinstance(step, sequences.Run):
        return sequences.taken(account, step)
    start = Start(step.machine, step.given)
    if step.machine != "provision":
        account.together([start])
        return []
    with planned(account, start) as (reports, problems):
        reports += account.together([start])
    return problems


@pytest.mark.parametrize("seed", drawn(SEEDS, "planned sequences", len(SEEDS)))
def test_runs_of_random_sequences_do_what_was_planned(seed: int) -> None:
    whole = sequences.sequence(seed)
    each = whole if SOAKING else replace(whole, steps=whole.steps[:BEGINNING])
    assert sequences.play(each, taken).problems == []


# ------------------------------------------------------------------ what has happened since the last run


def planned_after(account: Account, name: str) -> list[str]:
    """Asked in a fork. What is wrong with a plan of a connection to which this has happened."""
    start = Start("provision", DRIFTS[name].request)
    happen(account, DRIFTS[name].happens)
    with planned(account, start) as (reports, problems):
        reports += account.together([start])
    return problems


@pytest.mark.parametrize("name", drawn([*DRIFTS], "planned drifts", len(DRIFTS)))
def test_whatever_has_happened_a_run_does_what_was_planned(name: str) -> None:
    assert drifted(DRIFTS[name].first).ask(planned_after, name) == []


# ------------------------------------------------------------------ disturbed

REFUSED: Final = (
    *("iam:CreateRole", "iam:PutRolePolicy", "ec2:AuthorizeSecurityGroupIngress"),
    *("ec2:CreateVpcEndpointServiceConfiguration", "ec2:ModifyVpcEndpointServicePermissions"),
    *("elbv2:CreateLoadBalancer", "elbv2:CreateTargetGroup", "elbv2:CreateListener", "elbv2:RegisterTargets"),
    *("elbv2:DescribeTargetHealth", "elbv2:AddTags"),
)
"""Operations at which a run ends half way."""
ENDS: Final = ("keep", "rollback")
Disturbed = tuple[str, str, str]
DISTURBED: Final[list[Disturbed]] = [(name, each, end) for name in DRIFTS for each in REFUSED for end in ENDS]
SIDES: Final[Sides[Disturbed]] = (itemgetter(0), itemgetter(1), itemgetter(2))
CHOSEN: Final = drawn(DISTURBED, "disturbed runs", len(DISTURBED), SIDES)


def planned_disturbed(account: Account, name: str, operation: str, end: str) -> list[str]:
    """Asked in a fork. What a run did that was not planned, before AWS refused it this operation for ever."""
    given = {**DRIFTS[name].request, "onFailure": end}
    happen(account, DRIFTS[name].happens)
    refused = Fault(operation=operation, error="AccessDenied", times=1000, optional=True)
    start = Start("provision", given, faults=(refused,))
    with planned(account, start) as (reports, problems):
        reports += account.together([start])
    return problems


@pytest.mark.parametrize(("name", "operation", "end"), CHOSEN)
def test_a_run_that_is_disturbed_does_nothing_that_was_not_planned(name: str, operation: str, end: str) -> None:
    assert drifted(DRIFTS[name].first).ask(planned_disturbed, name, operation, end) == []


# ------------------------------------------------------------------ large, and while others are at work


def test_a_plan_of_150_nodes_is_soon_made_and_fits() -> None:
    there = {"id": "orders", "mode": "enabled", "shards": 75, "replicasPerShard": 1, "tls": True}
    with Watched(World.model_validate({"clusters": [there], "quotas": {"network-load-balancers": 200}})) as account:
        report = account.run("provision", {**ADOPT, "plan": True})
        assert account.problems == []
    plan = report.output
    assert report.status == "SUCCEEDED"
    assert report.virtual_seconds <= 3 * 60
    assert len(json.dumps(plan)) <= 128 * 1024
    assert plan["counts"]["create"] == 6 * 150 + 2 + 3
    assert plan["leftOut"] == sum(plan["counts"].values()) - len(plan["changes"])


def test_a_plan_needs_no_claim_and_says_that_another_run_is_at_work() -> None:
    with Watched(THERE) as account:
        one, other = account.together(
            [Start("provision", ADOPT), Start("provision", {**ADOPT, "plan": True})], gaps=[0, 20]
        )
    assert (one.status, other.status) == ("SUCCEEDED", "SUCCEEDED")
    assert "PLAN_IN_MOTION" in {each["code"] for each in other.output["findings"]}


def test_a_plan_of_what_no_run_would_do_ends_as_that_would() -> None:
    with Watched(THERE) as account:
        before = view(account)
        report = account.run("provision", {**ADOPT, "cluster": {"id": "nonesuch"}, "plan": True})
        assert (report.status, report.error) == ("FAILED", "InvalidRequest")
        assert "[CLUSTER_ABSENT]" in str(report.cause)
        assert view(account) == before
        assert account.problems == []
