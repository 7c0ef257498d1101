"""The demo's picture: rows per state, lines where there is no terminal."""

import io

import pytest
from rich.console import Console

from private_connection_cli import live
from private_connection_cli.live import Picture
from sandbox.stepfunctions.interpreter import Moment


def told(
    kind: str, state: str, at: float, seconds: float = 0.0, index: int | None = None, type_: str = "StateWait"
) -> Moment:
    return Moment(kind, "run", state, type_, f"why {state}", at, index, seconds)


def drawn(*moments: Moment, terminal: bool = False, until: float | None = None) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, height=30, color_system=None)
    picture = Picture(console, began=0.0, paced=False)
    move = picture.moved(lambda now: None)
    with picture.shown():
        for moment in moments:
            move(moment.at)
            picture.watch(moment)
        if until is not None:
            move(until)
    return out.getvalue()


def test_without_a_terminal_each_new_step_is_one_line() -> None:
    text = drawn(
        told("entered", "Look", 0, type_="StateTaskServiceLambda"),
        told("left", "Look", 2, type_="StateTaskServiceLambda"),
        told("entered", "Wait", 2),
        told("waiting", "Wait", 2, 90),
        told("left", "Wait", 92),
        told("entered", "Wait", 95),
        told("waiting", "Wait", 95, 5),
        told("entered", "Each", 100, index=1, type_="StateTaskServiceLambda"),
    )
    assert text.splitlines() == [
        "      0s  Look: why Look",
        "      2s  Wait: why Wait",
        "      2s  Wait: waiting 1m 30s",
        "  1m 40s  Each [1]: why Each",
    ]


def test_a_step_that_only_decides_or_contains_is_not_shown() -> None:
    assert drawn(*(told("entered", "S", 0, type_=each) for each in ("StateChoice", "StatePass", "StateMap"))) == ""


def test_on_a_terminal_a_row_says_what_is_waited_for_and_how_long_still() -> None:
    moments = [
        told("entered", "Look", 0, type_="StateTaskServiceLambda"),
        told("entered", "Wait", 2),
        told("waiting", "Wait", 2, 90),
    ]
    last = drawn(*moments, terminal=True, until=32).rpartition("virtual time")[2]
    assert last.splitlines()[0].strip() == "32s"
    assert "running" in last
    assert "waiting, 1m 00s more" in last
    assert "why Wait" in last


def test_rounds_and_retries_are_counted() -> None:
    moments = [
        told("entered", "Wait", 0),
        told("left", "Wait", 1),
        told("entered", "Wait", 1),
        told("retrying", "Wait", 2, 4),
        told("left", "Wait", 9),
    ]
    assert "done (2 times), 1 retried" in drawn(*moments, terminal=True)


def test_more_rows_than_the_terminal_has_show_the_newest() -> None:
    moments = [told("entered", f"Step {n}", n) for n in range(50)]
    last = drawn(*moments, terminal=True).rpartition("virtual time")[2]
    assert "Step 49" in last
    assert "Step 1 " not in last


def test_real_time_is_taken_only_as_far_as_computing_has_not_taken_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        real[0] += seconds

    monkeypatch.setattr(live, "perf_counter", lambda: real[0])
    monkeypatch.setattr(live, "REAL_SLEEP", sleep)
    picture = Picture(Console(file=io.StringIO()), began=0.0, paced=True)
    move = picture.moved(lambda now: None)
    move(600)
    assert round(sum(slept), 3) == round(real[0], 3) == 9
    real[0] += 5
    move(900)
    assert real[0] == pytest.approx(14)
