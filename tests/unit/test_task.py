"""What a function does around its step: the event is parsed, the call is logged, the result is JSON."""

import io
import json
import logging
import re
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from private_connection.contracts import Contract, Done
from private_connection.errors import AwsRejected, InvalidRequest
from private_connection.settings import settings
from private_connection.task import LOGGED_RESULT, MESSAGE_LIMIT, logger, task


class Asked(Contract):
    connection: str = "orders"
    maker: str = "run-1"
    node: str | None = None


class Answered(Contract):
    load_balancer_arn: str


def make_thing(request: Asked) -> Answered:
    return Answered(load_balancer_arn=f"arn-of-{request.connection}")


def fail(request: Asked) -> Done:
    raise AwsRejected(f"creating thing ({request.connection}): because")


def break_down(request: Asked) -> Done:
    raise KeyError("Arn")


def context(request_id: str = "id-1") -> Any:
    return SimpleNamespace(function_name="pc-make-thing", aws_request_id=request_id)


class Log:
    """The log lines of the functions, in order."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(log.stream)
    yield log
    handler.setStream(before)
    logger.thread_safe_clear_keys()


def test_the_result_is_json_in_camel_case() -> None:
    assert task(make_thing)({"connection": "orders"}, context()) == {"loadBalancerArn": "arn-of-orders"}


def test_the_log_line_says_which_step_did_what_for_whom(log: Log) -> None:
    task(make_thing)({"connection": "orders", "maker": "run-1", "node": "orders-001"}, context())
    (line,) = log.lines
    known = ("level", "service", "step", "function", "correlation_id", "connection", "maker", "node", "message")
    assert {key: line[key] for key in known} == {
        "level": "INFO",
        "service": "private-connection",
        "step": "make_thing",
        "function": "pc-make-thing",
        "correlation_id": "id-1",
        "connection": "orders",
        "maker": "run-1",
        "node": "orders-001",
        "message": 'done: {"loadBalancerArn":"arn-of-orders"}',
    }


def test_the_log_line_names_what_was_handed_on_as_an_object(log: Log) -> None:
    event = {
        "cluster": {"id": "orders-cache", "kind": "replicationGroup"},
        "path": {"node": "orders-001", "port": 6379},
    }
    with pytest.raises(InvalidRequest):
        task(make_thing)(event, context())
    (line,) = log.lines
    assert (line["clusterId"], line["node"]) == ("orders-cache", "orders-001")


def test_a_failure_is_logged_by_its_name_and_passes(log: Log) -> None:
    with pytest.raises(AwsRejected):
        task(fail)({"connection": "orders"}, context())
    (line,) = log.lines
    assert (line["level"], line["error"], line["step"]) == ("WARNING", "AwsRejected", "fail")
    assert line["message"] == "creating thing (orders): because"


def test_a_failure_is_raised_as_its_message_without_the_way_there() -> None:
    """Lambda writes the trace beside the message: at 150 nodes it takes more room than a state has."""
    with pytest.raises(AwsRejected, match=r"^creating thing \(orders\): because$") as raised:
        task(fail)({"connection": "orders"}, context())
    frames = [each.name for each in traceback.extract_tb(raised.value.__traceback__)]
    assert ("fail" in frames, raised.value.__cause__, raised.value.__suppress_context__) == (False, None, True)


@pytest.mark.parametrize("character", ["x", '"', "\0", "é", "𝄞"])
def test_a_message_fits_into_a_cause(character: str) -> None:
    """Whatever it is made of: JSON writes a NUL with six characters."""

    def fail_at_length(request: Asked) -> Done:
        raise AwsRejected(f"creating thing: {character * 100_000}")

    with pytest.raises(AwsRejected) as raised:
        task(fail_at_length)({}, context())
    length = len(json.dumps(str(raised.value)))
    assert 0.9 * MESSAGE_LIMIT < length <= MESSAGE_LIMIT
    assert str(raised.value).startswith("creating thing: ")


def test_an_event_that_does_not_fit_is_told_within_the_limit() -> None:
    with pytest.raises(InvalidRequest, match=r"reading the step's input \(Asked\)") as raised:
        task(make_thing)({f"{number}": number for number in range(10_000)}, context())
    assert len(str(raised.value)) <= MESSAGE_LIMIT


def test_a_log_line_has_its_time_as_lambda_reads_it(log: Log) -> None:
    """RFC 3339: the date and the time with a T between them, and a colon in the offset (Lambda Developer Guide)."""
    task(make_thing)({}, context())
    (line,) = log.lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", line["timestamp"])


def test_a_defect_passes_as_it_is(log: Log) -> None:
    with pytest.raises(KeyError):
        task(break_down)({}, context())
    assert log.lines == []


@pytest.mark.parametrize("event", [{"color": 1}, {"connection": 5}, None, [], "text"], ids=json.dumps)
def test_an_event_that_does_not_fit_is_refused(event: object) -> None:
    with pytest.raises(InvalidRequest, match=r"reading the step's input \(Asked\)"):
        task(make_thing)(event, context())


def test_a_long_result_is_cut_in_the_log_and_whole_in_the_answer(log: Log) -> None:
    name = "o" * 1000
    answer = task(make_thing)({"connection": name}, context())
    assert answer == {"loadBalancerArn": f"arn-of-{name}"}
    (line,) = log.lines
    assert len(line["message"]) - len("done: ") == LOGGED_RESULT == 500


def test_the_keys_of_one_invocation_do_not_stay_for_the_next_one(log: Log) -> None:
    handler = task(make_thing)
    handler({"connection": "orders", "node": "orders-001"}, context("id-1"))
    handler({"connection": "search"}, context("id-2"))
    first, second = log.lines
    assert (first["connection"], first["node"], first["correlation_id"]) == ("orders", "orders-001", "id-1")
    assert (second["connection"], second.get("node"), second["correlation_id"]) == ("search", None, "id-2")


def test_the_keys_of_one_invocation_are_not_those_of_another_thread(log: Log) -> None:
    """Both steps run before either is logged."""
    both_run = Barrier(2, timeout=60)

    def meet(request: Asked) -> Answered:
        both_run.wait()
        return make_thing(request)

    handler, names = task(meet), ("orders", "search")
    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda name: handler({"connection": name}, context(f"id-{name}")), names))
    told = {(line["connection"], line["correlation_id"], line["message"]) for line in log.lines}
    assert told == {(name, f"id-{name}", f'done: {{"loadBalancerArn":"arn-of-{name}"}}') for name in names}


def test_a_function_without_its_environment_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VERVERICA_PRINCIPAL")
    settings.cache_clear()
    with pytest.raises(LookupError, match="VERVERICA_PRINCIPAL"):
        task(make_thing)
