"""The machine reconcile, with stubs for what looks at the account: it ends by itself, and none that was asked for is
lost. The claim is the real one. Where a sweep is stopped is drawn; `make soak` tries all of it.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport, Start, StopAt, When
from tests.alarms import state_of
from tests.draws import drawn
from tests.statemachine.stubs import DENIAL, FOR_EVER, Json, refusing, stubbed

LOOKS: Final = 3
"""How often a sweep looks at most."""
FOUND: Final[Json] = {
    "connections": 1,
    "busy": 0,
    "off": 0,
    "drifted": [
        {"connection": "orders", "revision": 3, "mode": "repair", "drift": [{"code": "RULE_GONE", "node": None}]}
    ],
    "leftOver": 0,
    "unhealthyNodes": 0,
    "strangerRequests": 0,
    "repairsFailed": 0,
    "unreadable": [],
    "recordsUnreadable": 0,
    "findings": [],
    "news": [],
    "newsLeft": 0,
}


def batch(name: str) -> Json:
    node = {"node": f"{name}-001", "loadBalancer": "lb", "targetGroup": "tg", "crossZone": False}
    one = {"connection": name, "revision": 3, "mode": "repair", "policy": True, "nodes": [node]}
    return {"connections": [one], "unhealthyBefore": 0}


CURSOR: Final = {"connection": "orders", "node": "orders-001"}
ANSWER: Final[Json] = {**FOUND, "chosen": {"batches": [batch("orders")], "cursor": CURSOR}, "failure": []}
CLOSER: Final[Json] = {"lookedAt": 1, "drifted": [], "leftOver": 0, "unhealthyNodes": 0, "news": [], "failure": []}
RECORDED: Final[Json] = {"recorded": 1, "left": 0}
NONE: Final[Json] = {"started": [], "leftOver": 0, "waiting": 0, "failed": 0, "recovering": [], "returning": []}
STARTED: Final[Json] = {**NONE, "started": ["orders"]}
TOLD: Final[Json] = {**FOUND, "looks": 1, "lookedAt": 1, "repairs": STARTED}


class Looks:
    """What is asked of Find drift, and how long each look takes."""

    def __init__(self) -> None:
        self.asked: list[Json] = []

    def __call__(self, event: Any, context: object) -> object:
        self.asked.append(event)
        return ANSWER


@contextmanager
def sweeping(
    looks: object,
    repairs: object = STARTED,
    closer: object = CLOSER,
    news: object = RECORDED,
    task: float = 0.15,
) -> Iterator[Account]:
    stubs = {"find_drift": looks, "look_closer": closer, "start_repairs": repairs, "record_news": news}
    with stubbed(stubs, task=task) as account:
        yield account


def answering(answer: Json) -> Callable[[object, object], object]:
    return lambda event, context: answer


def ended(report: RunReport) -> tuple[str, Any]:
    return report.status, report.output


def test_a_sweep_looks_once_and_tells_what_it_found() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        reports = [account.run("reconcile", given) for given in ({}, {"connection": "orders"})]
    assert [ended(each) for each in reports] == [("SUCCEEDED", TOLD)] * 2
    asked: list[Json] = [{"connection": None, "cursor": None}, {"connection": "orders", "cursor": CURSOR}]
    assert looks.asked == [{**each, "unread": None} for each in asked]
    assert [each.api_calls for each in reports] == [{"dynamodb:GetItem": 1, "dynamodb:PutItem": 2}] * 2


def test_a_quiet_sweep_is_ten_transitions_and_one_for_each_further_batch() -> None:
    asked: list[Json] = []

    def closer(event: Any, context: object) -> object:
        asked.append(event)
        return CLOSER

    transitions, each = dict[int, int](), batch("orders")
    with sweeping(Looks(), closer=closer) as account:
        for batches in (0, 1, 2, 11):
            chosen: Json = {"batches": [each] * batches, "cursor": CURSOR}
            account.functions.replace("find_drift", answering({**ANSWER, "drifted": [], "chosen": chosen}))
            report = account.run("reconcile", {})
            assert ended(report) == ("SUCCEEDED", {**TOLD, "drifted": [], "lookedAt": batches, "repairs": NONE})
            transitions[batches] = report.state_transitions
    assert transitions == {0: 9, 1: 10, 2: 11, 11: 20}
    assert asked == [{"connections": each["connections"]}] * (1 + 2 + 11)


def drifted(name: str, *codes: str, revision: int = 3) -> Json:
    drift = [{"code": code, "node": f"{name}-001"} for code in codes]
    return {"connection": name, "revision": revision, "mode": "repair", "drift": drift}


def test_what_both_looks_have_found_of_a_connection_is_told_and_repaired_together() -> None:
    asked: list[Json] = []
    found = {**ANSWER, "chosen": {"batches": [batch("carts"), batch("orders")], "cursor": CURSOR}, "leftOver": 1}

    def closer(event: Any, context: object) -> object:
        name = event["connections"][0]["connection"]
        return {
            "lookedAt": 1,
            "drifted": [drifted(name, "TARGET_GONE", "PRINCIPAL_GONE")],
            "leftOver": 2,
            "unhealthyNodes": 1,
        }

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    with sweeping(found, repairs, closer) as account:
        report = account.run("reconcile", {})
    first, more = FOUND["drifted"][0], drifted("orders", "TARGET_GONE", "PRINCIPAL_GONE")
    assert asked[0]["drifted"] == [first, drifted("carts", "TARGET_GONE", "PRINCIPAL_GONE"), more]
    assert ended(report) == (
        "SUCCEEDED",
        {
            **TOLD,
            "drifted": [
                {**first, "drift": [*first["drift"], *more["drift"]]},
                drifted("carts", "TARGET_GONE", "PRINCIPAL_GONE"),
            ],
            "leftOver": 5,
            "lookedAt": 2,
            "unhealthyNodes": 2,
        },
    )


def changed(name: str, *nodes: str) -> Json:
    modifying = None if nodes else False
    return {"connection": name, "revision": 3, "modifying": modifying, "nodes": [*nodes], "policy": False}


def test_what_is_new_is_written_down_whether_or_not_anything_is_repaired() -> None:
    cases: list[tuple[str, list[str], list[str], list[str] | None]] = [
        ("repair", ["orders"], [], ["orders", "orders"]),
        ("report", ["carts"], ["orders"], ["orders", "orders"]),
        ("report", ["carts", "search"], [], []),
        ("repair", [], ["carts"], []),
        ("report", [], [], None),
    ]
    asked: list[Json] = []

    def news(event: Any, context: object) -> object:
        asked.append(event)
        return RECORDED

    with sweeping(Looks(), news=news) as account:
        for mode, found, closer, with_drift in cases:
            asked.clear()
            drift = [{**drifted("orders", "RULE_GONE"), "mode": mode}]
            looked = {**ANSWER, "drifted": drift, "news": [changed(each) for each in found]}
            closely = {**CLOSER, "drifted": drift, "news": [changed(each, "a", "b") for each in closer]}
            account.functions.replace("find_drift", answering(looked))
            account.functions.replace("look_closer", answering(closely))
            report = account.run("reconcile", {})
            assert (report.status, report.output["news"]) == ("SUCCEEDED", [*found, *closer])
            assert len(asked) == (with_drift is not None)
            for each in asked:
                assert each["news"] == [*looked["news"], *closely["news"]]
                assert [one["connection"] for one in each["drifted"]] == with_drift
                assert (each["look"], each["execution"].rpartition(":")[2]) == (1, report.name)
                assert each["maker"].startswith(f"{report.name}-")


def test_a_sweep_that_cannot_write_down_what_is_new_says_why_and_what_it_started_runs() -> None:
    with sweeping({**ANSWER, "news": [changed("orders")]}, news=refusing()) as account:
        failed = account.run("reconcile", {})
        account.functions.replace("record_news", lambda event, context: RECORDED)
        after = account.run("reconcile", {})
    assert (failed.status, DENIAL[:500] in str(failed.cause)) == ("FAILED", True)
    assert ended(after) == ("SUCCEEDED", {**TOLD, "news": ["orders"]})


def test_what_only_the_close_look_has_found_is_repaired() -> None:
    closer = {"lookedAt": 1, "drifted": [drifted("orders", "PRINCIPAL_GONE")], "leftOver": 0, "unhealthyNodes": 0}
    with sweeping({**ANSWER, "drifted": []}, closer=closer) as account:
        report = account.run("reconcile", {})
    assert ended(report) == ("SUCCEEDED", {**TOLD, "drifted": closer["drifted"]})


def failing_for(name: str, answer: Json = CLOSER) -> object:
    """A function that AWS refuses to look at the nodes of this connection, and looks at the others'."""

    def closer(event: Any, context: object) -> object:
        if event["connections"][0]["connection"] == name:
            raise importlib.import_module("private_connection.errors").AwsRejected(DENIAL)
        return answer

    return closer


def test_what_cannot_be_looked_at_delays_nothing_and_the_sweep_says_why() -> None:
    """The others are looked at, repairs are started, and the cursor goes on, so that no node is the end of rotation."""
    looks = Looks()
    chosen = {"batches": [batch("carts"), batch("orders")], "cursor": CURSOR}
    asked: list[Json] = []

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    with sweeping({**ANSWER, "chosen": chosen}, repairs, failing_for("carts")) as account:
        failed = account.run("reconcile", {})
        account.functions.replace("find_drift", looks)
        after = account.run("reconcile", {})
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert str(failed.cause).startswith(DENIAL[:500])
    assert [each["drifted"] for each in asked] == [FOUND["drifted"]] * 2
    assert looks.asked == [{"connection": None, "cursor": CURSOR, "unread": None}]
    assert ended(after) == ("SUCCEEDED", TOLD)


REFUSED: Final[Json] = {"error": "AwsRejected", "cause": "looking at connection (carts): denied"}


def test_what_aws_does_not_show_of_one_delays_nothing_and_the_sweep_says_why() -> None:
    """What was seen is repaired, as much is told as is known, and the sweep fails with what was refused first."""
    seen = {**CLOSER, "drifted": [drifted("orders", "PRINCIPAL_GONE")], "unhealthyNodes": 2}
    asked: list[Json] = []

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    cases: list[tuple[list[Json], list[Json]]] = [([REFUSED], []), ([], [REFUSED]), ([REFUSED], [{"error": "x"}])]
    with sweeping(ANSWER, repairs) as account:
        for afar, close in cases:
            account.functions.replace("find_drift", answering({**COUNTED, "failure": afar}))
            account.functions.replace("look_closer", answering({**seen, "failure": close}))
            report = account.run("reconcile", {})
            assert (report.status, report.error, report.cause) == ("FAILED", "AwsRejected", REFUSED["cause"])
        told = measured(account)
    assert [each["drifted"] for each in asked] == [[*FOUND["drifted"], *seen["drifted"]]] * 3
    assert told == {name: number * 3 for name, number in {**KNOWN, "UnhealthyNodes": [3 + 2]}.items()}


# ------------------------------------------------------------------ what is told of a sweep that missed something

METRICS: Final = ("Drifted", "UnhealthyNodes", "StrangerRequests", "RepairsFailed", "RecordsUnreadable", "SweepSeconds")


def measured(account: Account) -> Json:
    """What sweeps have told, by metric."""
    data = {name: account.metrics.of("PrivateConnection", name, {"Stack": "sandbox"}) for name in METRICS}
    return {name: [each.value for each in values] for name, values in data.items() if values}


COUNTED: Final[Json] = {**ANSWER, "unhealthyNodes": 3, "strangerRequests": 1, "recordsUnreadable": 2}
KNOWN: Final[Json] = {"Drifted": [1], "UnhealthyNodes": [3], "StrangerRequests": [1], "RecordsUnreadable": [2]}


def test_of_a_batch_that_failed_its_nodes_count_as_before_and_all_that_is_known_is_told() -> None:
    """That it is not all is told by the failed sweep, which is an alarm, and by the time that it does not tell.

    Repairs of connections that a run works on count as failed while they are tried again.
    """
    chosen = {
        "batches": [{**batch("carts"), "unhealthyBefore": 4}, {**batch("orders"), "unhealthyBefore": 9}],
        "cursor": CURSOR,
    }
    closer = failing_for("carts", {**CLOSER, "unhealthyNodes": 5})
    with sweeping({**COUNTED, "repairsFailed": 1, "chosen": chosen}, {**STARTED, "failed": 2}, closer) as account:
        report = account.run("reconcile", {})
        told, alarm = measured(account), state_of(account, "SweepFailed", "OK")
    assert (report.status, report.error, alarm) == ("FAILED", "AwsRejected", "ALARM")
    assert told == {**KNOWN, "UnhealthyNodes": [3 + 4 + 5], "RepairsFailed": [1 + 2]}


def test_where_no_batch_can_be_looked_at_and_nobody_says_why_as_much_is_told_and_the_sweep_says_so() -> None:
    chosen = {"batches": [{**batch("orders"), "unhealthyBefore": 4}] * 2, "cursor": CURSOR}
    with sweeping({**COUNTED, "chosen": chosen}, closer=refusing()) as account:
        account.functions.replace("explain_failure", refusing(message="nobody explains"))
        report = account.run("reconcile", {})
        told = measured(account)
    assert told == {**KNOWN, "UnhealthyNodes": [3 + 2 * 4]}
    assert (report.status, report.error) == ("FAILED", "StepTimedOut")
    assert str(report.cause).startswith("looking closer: AwsRejected: ")


def test_a_sweep_that_fails_later_tells_what_it_has_found() -> None:
    """No repair that failed is not the same as none that is known to have."""
    looked, told = {**COUNTED, "news": [changed("orders")]}, dict[str, Json]()
    others = {"find_drift": looked, "start_repairs": STARTED, "record_news": RECORDED}
    with sweeping(looked) as account:
        for step, answer in others.items():
            account.functions.replace(step, refusing())
            assert account.run("reconcile", {}).status == "FAILED"
            account.functions.replace(step, answering(answer))
            told[step] = measured(account)
            account.metrics.data.clear()
    assert told == {"find_drift": {}, "start_repairs": KNOWN, "record_news": KNOWN}


def test_a_sweep_of_one_connection_or_none_tells_nothing() -> None:
    with sweeping(COUNTED, closer=failing_for("orders")) as account:
        for given in ({"connection": "orders"}, {"conection": "orders"}):
            account.run("reconcile", given)
        assert measured(account) == {}


def test_a_sweep_that_looks_again_tells_what_its_looks_have_started_and_the_last_one_has_found() -> None:
    """The second look finds one that the first has begun to repair, and one more; nothing of the first is left."""
    answers = [
        {**STARTED, "failed": 7, "recovering": [], "returning": [{"connection": "orders", "code": "RULE_GONE"}]},
        ["carts", "orders"],
    ]
    looks = Looks()

    def repairs(event: Any, context: object) -> object:
        answer = answers.pop(0)
        return {**NONE, "started": answer} if isinstance(answer, list) else answer

    with sweeping(looks, repairs) as account:
        works, _ = account.together([Start("reconcile", {}) for _ in range(2)], [0, 0.6])
    assert works.output == {**TOLD, "looks": 2, "repairs": {**NONE, "started": ["orders", "carts"]}}


def test_a_second_look_that_finds_nothing_to_repair_leaves_what_the_first_has_started() -> None:
    found = [{**ANSWER, "unhealthyNodes": 1}, {**ANSWER, "drifted": [], "repairsFailed": 3}]
    begun = {**STARTED, "leftOver": 0, "waiting": 2, "failed": 2}
    with sweeping(lambda event, context: found.pop(0), begun) as account:
        works, _ = account.together([Start("reconcile", {}) for _ in range(2)], [0, 0.6])
        told = measured(account)
    assert works.output == {**TOLD, "looks": 2, "drifted": [], "repairsFailed": 3, "repairs": STARTED}
    assert (told["RepairsFailed"], told["UnhealthyNodes"]) == ([3], [0])


def test_what_both_looks_have_found_of_a_node_is_told_once() -> None:
    found = {"connection": "orders", "revision": 3, "mode": "report", "drift": [{"code": "MARKS_LOST", "node": "a"}]}
    with sweeping({**ANSWER, "drifted": [found]}, closer={**CLOSER, "drifted": [found]}) as account:
        assert account.run("reconcile", {}).output["drifted"] == [found]


def test_a_look_at_nodes_that_fails_as_a_whole_counts_what_was_down_before() -> None:
    """As where a batch does not say what was down before it, which none of Find drift's leaves out."""
    silent = {"connections": batch("carts")["connections"]}
    chosen = {"batches": [{**batch("orders"), "unhealthyBefore": 4}, silent], "cursor": CURSOR}
    with sweeping({**COUNTED, "chosen": chosen}, closer=failing_for("carts")) as account:
        report = account.run("reconcile", {})
        told = measured(account)
    assert report.status == "FAILED"
    assert told["UnhealthyNodes"] == [3 + 4]


def test_a_sweep_that_could_not_look_closely_starts_another_one_if_one_was_asked_for_meanwhile() -> None:
    answers = [failing_for("orders"), CLOSER]

    def closer(event: Any, context: object) -> object:
        answer = answers.pop(0)
        return answer(event, context) if callable(answer) else answer

    with sweeping(Looks(), closer=closer) as account:
        failed, left = account.together([Start("reconcile", {}) for _ in range(2)], [0, 0.6])
        others = [each for each in list(account.runs[0].executions.values())[1:]]
    assert (failed.status, left.status) == ("FAILED", "SUCCEEDED")
    assert [each.exec_status.value for each in others] == ["SUCCEEDED"]


def test_a_sweep_that_failed_leaves_the_cursor_where_it_was() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        for step, own in (("find_drift", looks), ("start_repairs", answering(STARTED))):
            account.functions.replace(step, refusing())
            assert account.run("reconcile", {}).status == "FAILED"
            account.functions.replace(step, own)
        for _ in range(2):
            account.run("reconcile", {})
    assert [each["cursor"] for each in looks.asked] == [None, None, CURSOR]


def test_a_sweep_that_was_asked_for_meanwhile_is_looked_for_once_more() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        works, left, left_too = account.together([Start("reconcile", {}) for _ in range(3)], [0, 0.6, 0])
    assert ended(works) == ("SUCCEEDED", {**TOLD, "looks": 2})
    assert ended(left) == ended(left_too) == ("SUCCEEDED", {})
    assert [each["cursor"] for each in looks.asked] == [None, CURSOR], "the second look goes on where the first ended"


def test_a_sweep_of_one_connection_looks_at_all_where_a_sweep_of_all_was_asked_for_meanwhile() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        works, left = account.together([Start("reconcile", {"connection": "orders"}), Start("reconcile", {})], [0, 0.6])
        drifted = account.metrics.of("PrivateConnection", "Drifted", {"Stack": "sandbox"})
    assert (works.status, ended(left)) == ("SUCCEEDED", ("SUCCEEDED", {}))
    assert [each["connection"] for each in looks.asked] == ["orders", None]
    assert [each.value for each in drifted] == [1]


def test_a_sweep_that_is_asked_for_all_the_time_hands_over_to_another_one() -> None:
    looks = Looks()
    with sweeping(looks, task=5) as account:
        reports = account.together([Start("reconcile", {}) for _ in range(5)], [0, *[12] * 4])
        others = [name for each in account.runs for name in list(each.executions)[1:]]
        holder = account.run("reconcile", {})
    assert {each.status for each in [*reports, holder]} == {"SUCCEEDED"}
    assert len(others) == 1
    assert len(looks.asked) == LOOKS + 2


def test_only_what_is_to_be_repaired_is_handed_on() -> None:
    asked: list[Json] = []
    drifted = [{**FOUND["drifted"][0], "mode": "report"}]

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    with sweeping({**ANSWER, "drifted": drifted}, repairs) as account:
        reported = account.run("reconcile", {})
        account.functions.replace("find_drift", Looks())
        account.run("reconcile", {})
    assert ended(reported) == ("SUCCEEDED", {**TOLD, "drifted": drifted, "repairs": NONE})
    assert asked == [{"drifted": FOUND["drifted"], "heldLong": [], "sweepSeconds": 900, "atOnce": 20}]


def test_repairs_that_are_left_over_are_looked_after_by_another_sweep_five_minutes_later() -> None:
    looks, answers = Looks(), [{**STARTED, "leftOver": 3}, {**STARTED, "leftOver": 1}, STARTED]
    with sweeping(looks, lambda event, context: answers.pop(0)) as account:
        report = account.run("reconcile", {})
        executions = list(account.runs[0].executions.values())
    assert (report.status, report.output["repairs"]["leftOver"], len(executions)) == ("SUCCEEDED", 3, 3)
    begun = [each.start_date.timestamp() for each in executions]
    assert [300 <= later - former < 310 for former, later in pairwise(begun)] == [True, True]
    assert answers == []


def test_what_a_run_works_on_is_looked_at_by_another_sweep_five_minutes_later() -> None:
    answers = [{**ANSWER, "busy": 1}, {**ANSWER, "busy": 2}, ANSWER]
    with sweeping(lambda event, context: answers.pop(0)) as account:
        report = account.run("reconcile", {})
        executions = list(account.runs[0].executions.values())
    assert (report.status, report.output["busy"], len(executions), answers) == ("SUCCEEDED", 1, 3, [])
    begun = [each.start_date.timestamp() for each in executions]
    assert [300 <= later - former < 310 for former, later in pairwise(begun)] == [True, True]


def test_what_a_sweep_owes_to_others_it_does_though_a_batch_failed() -> None:
    answers = [{**ANSWER, "busy": 1}, ANSWER]
    with sweeping(lambda event, context: answers.pop(0), closer=failing_for("orders")) as account:
        report = account.run("reconcile", {})
        executions = list(account.runs[0].executions.values())
    assert (report.status, report.error, len(executions), answers) == ("FAILED", "AwsRejected", 2, [])


def test_sweeps_that_end_together_start_one_other() -> None:
    looks, left = Looks(), {**NONE, "leftOver": 1}
    answers = [left, left, *[STARTED] * 9]
    with sweeping(looks, lambda event, context: answers.pop(0)) as account:
        account.together([Start("reconcile", {}) for _ in range(2)], [0, 20])
        others = [name for each in account.runs for name in list(each.executions)[1:]]
    assert (len(looks.asked), len(set(others))) == (3, 1)


def test_a_sweep_that_fails_says_why_and_the_next_one_sweeps() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        for step in ("find_drift", "record_sweep"):
            account.functions.replace(step, refusing())
            failed = account.run("reconcile", {})
            account.functions.replace("find_drift", looks)
            account.functions.put_back("record_sweep")
            after = account.run("reconcile", {})
            assert (failed.status, DENIAL[:500] in str(failed.cause)) == ("FAILED", True), step
            assert ended(after) == ("SUCCEEDED", TOLD), step


def test_a_sweep_that_failed_starts_another_one_if_one_was_asked_for_meanwhile() -> None:
    looks = Looks()

    def failing_first(event: Json, context: object) -> object:
        looks(event, context)
        if len(looks.asked) == 1:
            raise importlib.import_module("private_connection.errors").AwsRejected(DENIAL)
        return ANSWER

    with sweeping(failing_first) as account:
        failed, left = account.together([Start("reconcile", {}) for _ in range(2)], [0, 0.6])
        others = [each for each in list(account.runs[0].executions.values())[1:]]
    assert (failed.status, left.status) == ("FAILED", "SUCCEEDED")
    assert [each.exec_status.value for each in others] == ["SUCCEEDED"]
    assert len(looks.asked) == 2


def test_a_sweep_that_asks_for_nothing_known_says_what_is_wrong() -> None:
    with sweeping(Looks()) as account:
        report = account.run("reconcile", {"conection": "orders"})
    assert (report.status, report.error) == ("FAILED", "InvalidRequest")
    assert "conection: found an unknown key" in str(report.cause)


def test_a_sweep_whose_function_never_answers_ends_in_time() -> None:
    steps = ("claim_sweep", "find_drift", "look_closer", "record_sweep")
    with sweeping(Looks()) as account:
        hanging = [[Fault(function=step, error="Timeout", times=FOR_EVER)] for step in steps]
        reports = [account.run("reconcile", {}, faults=each) for each in hanging]
    assert [(each.status, each.error) for each in reports] == [("FAILED", "StepTimedOut")] * len(steps)


WHENS: Final[tuple[When, ...]] = ("before", "during", "after")
STOPS: Final = [(state, when) for when in WHENS for state in ("Find drift", "Look closer", "Record sweep")]


@pytest.mark.parametrize(("state", "when"), drawn(STOPS, "stopped sweeps", 3))
def test_a_sweep_that_was_stopped_is_taken_over(state: str, when: When) -> None:
    """And looks closely at the same nodes again, unless the stopped one had recorded that it did."""
    looks = Looks()
    with sweeping(looks) as account:
        stop = StopAt(state=state, when=when)
        (stopped,) = account.together([Start("reconcile", {}, stop_at=stop)])
        account.clock.sleep(60)
        report = account.run("reconcile", {})
    assert stopped.status == "ABORTED"
    assert ended(report) == ("SUCCEEDED", TOLD)
    has_recorded = state == "Record sweep" and when != "before"
    assert looks.asked[-1]["cursor"] == (CURSOR if has_recorded else None)
