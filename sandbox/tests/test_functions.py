"""Lambda in process: what a handler sees, what becomes of what it returns, raises or does not finish."""

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport, ScenarioError
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / ".." / "fixtures" / "small" / "template.yaml"  # a path as a command line may give it
NOTHING_TAKES_TIME = {"call": 0, "task": 0, "coldStart": 0}


@pytest.fixture
def account() -> Iterator[Account]:
    world = World.model_validate({"latency": NOTHING_TAKES_TIME})
    with Account(world, seed=1, template=SMALL) as opened:
        yield opened


def call(account: Account, function: str, event: object = None, faults: tuple[Fault, ...] = ()) -> RunReport:
    return account.run("call", {"function": function, "event": event}, faults=faults)


def test_a_handler_sees_its_own_environment_and_virtual_time(account: Account) -> None:
    report = call(account, "sandbox-surroundings")
    seen: dict[str, Any] = report.output
    arn = "arn:aws:lambda:us-east-1:123456789012:function:"
    assert seen["environment"] == {
        "GREETING": "overridden",
        "SHARED": "yes",
        "WHERE": f"us-east-1/{arn}Echo",
        "AWS_REGION": "us-east-1",
        "AWS_PROFILE": None,
    }
    assert seen["function"] == ["sandbox-surroundings", f"{arn}sandbox-surroundings", "128"]
    assert seen["time"] == [account.clock.now()] * 2
    assert report.virtual_seconds == 1


def test_handlers_that_sleep_at_the_same_time_keep_their_own_environments(account: Account) -> None:
    before = dict(os.environ)
    seen: list[str] = []

    def look(name: str, seconds: float) -> None:
        deployed = account.functions._deployed[name]
        with account.functions._at_home(deployed):
            for _ in range(2):
                account.clock.sleep(seconds)
                seen.append(os.environ["AWS_LAMBDA_FUNCTION_NAME"])

    account.clock.start(lambda: look("Echo", 2))
    account.clock.start(lambda: look("Slow", 3))
    account.clock.run()
    assert seen == ["Echo", "Slow", "Echo", "Slow"]
    os.environ.clear()
    os.environ.update(before)


def test_an_exception_is_the_error_of_its_class_and_the_cause_is_its_message(account: Account) -> None:
    report = call(account, "Crash")
    assert (report.status, report.error, report.cause) == ("FAILED", "QuotaExceeded", 'no room for "more"')


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("unserialisable", "Runtime.MarshalError"),
        ("large", "Function.ResponseSizeTooLarge"),
        ("exit", "Runtime.ExitError"),
    ],
)
def test_what_is_no_result_is_the_runtimes_error(account: Account, event: str, error: str) -> None:
    assert call(account, "Careless", event).error == error


def test_a_function_that_runs_longer_than_its_timeout_is_killed_then(account: Account) -> None:
    report = call(account, "Slow", {"seconds": 60})
    assert (report.error, report.virtual_seconds) == ("Sandbox.Timedout", 5)
    assert str(report.cause).endswith("Error: Task timed out after 5.00 seconds")


def test_the_remaining_time_goes_by_the_virtual_clock(account: Account) -> None:
    assert call(account, "Slow", {"seconds": 2}).output == {"before": 5000, "after": 3000}


def test_a_timeout_fault_takes_the_functions_timeout_and_its_effects_only_when_they_were_applied(
    account: Account,
) -> None:
    lost = call(account, "Echo", 1, (Fault(function="echo", error="Timeout"),))
    assert (lost.error, lost.virtual_seconds, _echoed(account)) == ("Sandbox.Timedout", 10, 0)
    applied = call(account, "Echo", 1, (Fault(function="echo", error="Timeout", applied=True),))
    assert (applied.error, applied.virtual_seconds, _echoed(account)) == ("Sandbox.Timedout", 10, 1)


def _echoed(account: Account) -> int:
    seen = sys.modules.get("small_layer.seen")
    return len(seen.EVENTS) if seen else 0


def test_a_fault_of_a_function_that_is_not_deployed_is_the_scenarios_mistake(account: Account) -> None:
    with pytest.raises(ScenarioError, match="nonesuch"):
        call(account, "Echo", 1, (Fault(function="nonesuch", error="Timeout"),))


def test_clients_of_a_handler_meet_the_sandbox_and_are_counted(account: Account) -> None:
    report = call(account, "Visitor")
    assert report.output == {"vpcs": 1, "function": "Visitor"}
    assert report.api_calls == {"ec2:DescribeVpcs": 1}
    assert report.lambda_invocations == 1


def test_what_a_handler_prints_is_not_on_standard_output(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    call(account, "Careless", "unserialisable")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "printed by a handler\n")


def test_each_account_loads_the_code_anew_and_gives_the_process_its_own_back(account: Account) -> None:
    call(account, "Echo", 1)
    first = sys.modules["small_layer.seen"]
    with account.functions._entered:
        pass
    assert "small_layer.seen" not in sys.modules
    with account.functions as functions:
        functions.load()
        assert sys.modules["small_layer.seen"] is not first
        assert _echoed(account) == 0


def test_a_person_may_invoke_a_function_and_gets_its_answer_or_its_error(account: Account) -> None:
    assert account.invoke("Echo", {"a": [1]}) == {"a": [1]}
    with pytest.raises(ScenarioError, match=r"^Crash: "):
        account.invoke("Crash", {})


def test_a_function_starts_cold_when_all_its_environments_are_busy() -> None:
    world = World.model_validate({"latency": {"call": 0, "task": 0.15, "coldStart": 1.2}})
    with Account(world, seed=1, template=SMALL) as account:
        first = call(account, "Echo").virtual_seconds
        second = call(account, "Echo").virtual_seconds
        ends: list[float] = []
        for _ in range(2):
            account.clock.start(lambda: ends.append(_timed(account)))
        account.clock.run()
    assert (first, second) == (1.35, 0.15)
    assert [round(end, 2) for end in ends] == [0.15, 1.35]


def _timed(account: Account) -> float:
    began = account.clock.now()
    account.functions.find("Echo")(b"1", lambda: None)
    return account.clock.now() - began


def test_each_account_prints_to_its_own_logs() -> None:
    for _ in range(2):
        logs = io.StringIO()
        with Account(World(), template=SMALL, logs=logs) as account:
            call(account, "Crash")
        assert logs.getvalue() == "logged by a handler\n"


def test_code_that_cannot_be_imported_is_the_error_of_each_invocation(account: Account, tmp_path: Path) -> None:
    deployed = account.functions._deployed["Echo"]
    (tmp_path / "app.py").write_text("import a_module_that_nobody_has\n")
    deployed.function = replace(deployed.function, code=tmp_path)
    report = call(account, "Echo")
    assert (report.status, report.error) == ("FAILED", "Runtime.ImportModuleError")
    assert report.cause == "Unable to import module 'app': No module named 'a_module_that_nobody_has'"
