"""Failures fit, in size and in time: at 150 nodes, whatever fails at every node, a run ends by its own name.

Step Functions ends a run at once whose state passes 256 KiB, and one that takes longer than its machine's
TimeoutSeconds; neither can be caught (Step Functions Developer Guide, "Handling errors"). Functions are stubs here,
which answer with what takes most room. `make soak` tries each Map.
"""

import importlib
import json
from typing import get_type_hints

import pytest

from private_connection.errors import ConnectionInUse
from tests.draws import SOAKING
from tests.statemachine.stubs import (
    CONNECTION,
    DEAD,
    DENIAL,
    EXECUTION,
    FORESEEN,
    MAKER,
    NODES,
    PREPARED,
    REQUEST,
    UNPREPARED,
    Json,
    answers,
    finishing,
    holding,
    refusing,
    run,
    stubbed,
    things,
)
from tools.deployment import step_modules

ROOM = 250_000
"""Bytes. A state may have 262,144; a task's result also holds about 1,000 that AWS adds."""
LAST_BATCH = NODES - 10
SOAKED = pytest.mark.skipif(not SOAKING, reason="make soak tries it")
SERVICES, BALANCERS, GROUPS = (
    ("endpointService", "loadBalancer", "targetGroup"),
    ("loadBalancer", "targetGroup"),
    ("targetGroup",),
)
EVERYTHING = {"connection": CONNECTION, "deleteCluster": True, "finalSnapshot": False, "force": True}
ROLLBACK = {**EVERYTHING, "createdBy": [MAKER]}
LONGEST_CAUSE = 32_768
"""Characters (Step Functions API reference, "ExecutionFailedEventDetails")."""
SLOW = 50.0
"""Seconds that a function takes to begin, so that a teardown has come to its limit after a few batches."""
RECOVER = {"executionArn": f"{DEAD}:{EXECUTION}", "status": "ABORTED", "input": None}
ENDLESS = '"' * 40_000
"""As a message, longer than a Cause may be, and twice as long wherever it is quoted."""
ASKED: Json = {**REQUEST, "cluster": {"id": "cluster"}}
BOTH = pytest.mark.parametrize(
    ("machine", "given"), [("recover", RECOVER), ("provision", ASKED)], ids=["recover", "provision"]
)


@pytest.mark.parametrize(
    ("step", "answer"), [*answers(*FORESEEN).items(), *finishing().items()], ids=[*answers(*FORESEEN), *finishing()]
)
def test_stubs_answer_as_the_functions_do(step: str, answer: object) -> None:
    function = getattr(importlib.import_module(step_modules(step)[step]), step)
    get_type_hints(function)["return"].model_validate_json(json.dumps(answer))


@SOAKED
def test_the_largest_connection_is_recorded() -> None:
    """The functions of the registry are the real ones here."""
    registry = ("read_request", "claim_connection", "record_connection", "release_connection")
    made = {step: answer for step, answer in answers(*PREPARED).items() if step not in registry}
    with stubbed(made) as account:
        ended = run(account, "provision", ASKED)
    assert (ended.report.status, len(ended.report.output["endpoints"])) == ("SUCCEEDED", NODES)
    assert ended.bytes < ROOM


@pytest.mark.parametrize(
    ("step", "nodes", "after"),
    [
        ("ensure_load_balancer", FORESEEN, 0),
        ("ensure_endpoint_service", PREPARED, 0),
        pytest.param("ensure_load_balancer", FORESEEN, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_target_group", FORESEEN, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_listener", FORESEEN, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_target_group", UNPREPARED, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_load_balancer", UNPREPARED, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_listener", UNPREPARED, LAST_BATCH, marks=SOAKED),
        pytest.param("register_target", PREPARED, LAST_BATCH, marks=SOAKED),
        pytest.param("ensure_endpoint_service", PREPARED, LAST_BATCH, marks=SOAKED),
        pytest.param("allow_principal", PREPARED, LAST_BATCH, marks=SOAKED),
    ],
)
def test_a_run_whose_every_node_is_refused_is_rolled_back(step: str, nodes: tuple[int, bool], after: int) -> None:
    made = answers(*nodes)
    with stubbed(made | {step: refusing(after, answer=made[step])}) as account:
        ended = run(account, "provision", {"connection": CONNECTION})
    assert (ended.report.status, ended.report.error) == ("FAILED", "AwsRejected")
    assert str(ended.report.cause).startswith(DENIAL[:900])
    assert "| rollback: removed nothing" in str(ended.report.cause)
    assert ended.bytes < ROOM
    assert after < ended.invocations[step] <= after + 20, "it is given up after a batch"


@pytest.mark.parametrize(
    ("steps", "nodes"),
    [
        (("ensure_target_group",), FORESEEN),
        pytest.param(("ensure_load_balancer",), FORESEEN, marks=SOAKED),
        pytest.param(("ensure_listener",), FORESEEN, marks=SOAKED),
        pytest.param(("ensure_target_group",), UNPREPARED, marks=SOAKED),
        pytest.param(("register_target",), PREPARED, marks=SOAKED),
        pytest.param(("ensure_endpoint_service",), PREPARED, marks=SOAKED),
        pytest.param(("allow_principal",), PREPARED, marks=SOAKED),
        pytest.param(("register_target", "explain_failure"), PREPARED, marks=SOAKED),
    ],
)
def test_a_function_that_never_answers_is_given_up_within_the_hour(
    steps: tuple[str, ...], nodes: tuple[int, bool]
) -> None:
    with stubbed(answers(*nodes)) as account:
        ended = run(account, "provision", {"connection": CONNECTION}, hanging=steps)
    assert (ended.report.status, ended.report.error) == ("FAILED", "StepTimedOut")
    assert "| rollback: removed nothing" in str(ended.report.cause)
    assert ended.invocations[steps[0]] == 20 * 3, "each of a batch is tried three times"
    assert ended.report.virtual_seconds < 3_600
    assert ended.bytes < ROOM


@pytest.mark.parametrize(
    ("step", "kinds", "kind"),
    [
        ("reject_connections", SERVICES, "endpoint services"),
        pytest.param("delete_endpoint_service", SERVICES, "endpoint services", marks=SOAKED),
        pytest.param("delete_load_balancer", BALANCERS, "load balancers", marks=SOAKED),
        pytest.param("delete_target_group", GROUPS, "target groups", marks=SOAKED),
    ],
)
def test_a_teardown_whose_every_deletion_is_refused_reports(step: str, kinds: tuple[str, ...], kind: str) -> None:
    with holding(things(*kinds), {step: refusing()}, task=0.15 if SOAKING else SLOW) as account:
        ended = run(account, "teardown", EVERYTHING)
    assert (ended.report.status, ended.report.error) == ("FAILED", "AwsRejected")
    assert str(ended.report.cause).startswith(DENIAL[:900])
    assert f"remaining {NODES} {kind} (" in str(ended.report.cause)
    assert ended.bytes < ROOM


UNFORCED = {**EVERYTHING, "force": False}


@pytest.mark.parametrize(
    ("failing", "invocations"),
    [
        pytest.param("check_offer", {"check_offer": 20}, marks=SOAKED),
        pytest.param("stop_offering", {"stop_offering": 20, "allow_principal": 20}, marks=SOAKED),
        ("allow_principal", {"stop_offering": NODES, "allow_principal": NODES}),
    ],
)
def test_a_teardown_that_may_not_go_on_offers_again_whatever_fails(failing: str, invocations: dict[str, int]) -> None:
    """Somebody came while the offers ended, or an offer did not end."""
    in_use = [{"live": 0}, ConnectionInUse("checking connection (x): 1 live endpoint connection")]

    def check(event: object, context: object) -> object:
        answer = in_use.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with holding(
        things(*SERVICES), {"check_connections": check, "allow_principal": {}, failing: refusing()}
    ) as account:
        ended = run(account, "teardown", UNFORCED)
    error = "ConnectionInUse" if failing == "allow_principal" else "AwsRejected"
    assert (ended.report.status, ended.report.error) == ("FAILED", error)
    assert {step: ended.invocations[step] for step in invocations} == invocations
    assert ended.bytes < ROOM


@pytest.mark.parametrize(
    ("steps", "kinds"),
    [
        (("stop_offering", "reject_connections"), SERVICES),
        pytest.param(("delete_endpoint_service",), SERVICES, marks=SOAKED),
        pytest.param(("delete_load_balancer",), BALANCERS, marks=SOAKED),
        pytest.param(("delete_target_group",), GROUPS, marks=SOAKED),
        pytest.param(("find_owned",), SERVICES, marks=SOAKED),
    ],
)
def test_a_rollback_whose_function_never_answers_reports_in_time(
    steps: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    limit, task = (7_200, 0.15) if SOAKING else (900, SLOW)
    with holding(things(*kinds), {}, task) as account:
        ended = run(account, "teardown", ROLLBACK, hanging=steps)
    assert (ended.report.status, ended.report.output["error"]) == ("SUCCEEDED", "StepTimedOut")
    assert not ended.report.output["clean"]
    assert ended.report.virtual_seconds < limit + 3_600, "the limit is looked at after every batch"
    assert ended.bytes < ROOM


@SOAKED
def test_a_report_that_never_comes_ends_by_its_name() -> None:
    with holding(things(*GROUPS), {}) as account:
        ended = run(account, "teardown", EVERYTHING, hanging=("compose_report", "explain_failure"))
    assert (ended.report.status, ended.report.error) == ("FAILED", "StepTimedOut")


def test_what_can_go_goes_though_a_batch_of_others_cannot() -> None:
    """The first twenty always fail. They come last, and the round goes on with what is left."""
    left = things(*GROUPS)
    refused = {each["id"] for each in left[:20]}

    def delete(event: dict[str, str], context: object) -> object:
        if event["targetGroupArn"] in refused:
            refusing()(event, context)
        gone.append(event["targetGroupArn"])
        return {}

    gone: list[str] = []
    with holding(left[:40], {"delete_target_group": delete}) as account:
        ended = run(account, "teardown", EVERYTHING)
    assert (ended.report.error, set(gone)) == ("AwsRejected", {each["id"] for each in left[20:40]})


# ---- a run that died


@BOTH
def test_what_is_left_of_a_dead_run_is_told(machine: str, given: Json) -> None:
    few = things(*GROUPS)[NODES - 10 :]
    with holding(few, {**finishing(), "delete_target_group": refusing()}, task=SLOW) as account:
        ended = run(account, machine, given)
    assert (ended.report.status, ended.report.error) == ("FAILED", "RollbackIncomplete")
    assert str(ended.report.cause).startswith("finishing a dead run: removed ")
    assert "remaining 10 target groups (" in str(ended.report.cause)
    assert ended.bytes < ROOM


@BOTH
def test_a_dead_run_that_cannot_be_finished_at_all_is_told_however_long_the_reason(machine: str, given: Json) -> None:
    with stubbed({**finishing(), "read_teardown": refusing(message=ENDLESS)}) as account:
        ended = run(account, machine, given)
    assert (ended.report.status, ended.report.error) == ("FAILED", "RollbackIncomplete")
    assert str(ended.report.cause).startswith("finishing a dead run: ")
    assert str(ended.report.cause).count('"') > 10_000
    assert len(str(ended.report.cause)) < LONGEST_CAUSE
    assert ended.bytes < ROOM


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        (("read_dead_run",), "StepTimedOut"),
        (("claim_dead_run",), "StepTimedOut"),
        (("release_connection",), "StepTimedOut"),
        (("claim_dead_run", "explain_failure"), "StepTimedOut"),
        (("read_teardown",), "RollbackIncomplete"),
        (("find_owned",), "RollbackIncomplete"),
    ],
)
def test_a_recover_whose_function_never_answers_ends_in_time(steps: tuple[str, ...], error: str) -> None:
    with stubbed({**answers(*PREPARED), **finishing()}) as account:
        ended = run(account, "recover", RECOVER, hanging=steps)
    assert (ended.report.status, ended.report.error) == ("FAILED", error)
    assert ended.report.virtual_seconds < 3_600


def test_a_recover_leaves_a_nested_run_that_works_for_ever_to_whoever_looks_at_it() -> None:
    working = {"registered": True, "finish": [], "finishAfter": None, "findings": [], "found": "worker"}
    with stubbed({**answers(*PREPARED), **finishing(), "claim_dead_run": working}, task=SLOW) as account:
        report = run(account, "recover", RECOVER).report
    assert (report.status, report.error) == ("FAILED", "ConnectionBusy")
    assert str(report.cause).startswith(f"recovering connection ({CONNECTION}): a nested execution of {DEAD}:")
    assert 14_400 <= report.virtual_seconds < 15_000


@pytest.mark.parametrize("step", ["claim_connection", "release_connection"])
def test_a_rollback_does_its_work_whether_or_not_the_registry_answers(step: str) -> None:
    left = things(*GROUPS)[:10]
    with holding(left, {}) as account:
        ended = run(account, "teardown", {**ROLLBACK, "claim": MAKER}, hanging=(step,))
    assert (ended.report.status, ended.report.output["clean"]) == ("SUCCEEDED", True)
    assert ended.invocations["delete_target_group"] == len(left)


def test_a_release_that_never_answers_changes_nothing_of_how_a_run_ends() -> None:
    with stubbed({**answers(*FORESEEN), "ensure_cluster": refusing()}) as account:
        ended = run(account, "provision", {"connection": CONNECTION}, hanging=("release_connection",))
    assert (ended.report.status, ended.report.error) == ("FAILED", "AwsRejected")
    assert str(ended.report.cause).startswith(DENIAL[:900])
