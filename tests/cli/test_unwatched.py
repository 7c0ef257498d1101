"""What keeps a command from watching the run that it has started: the run goes on, and how to watch it is told."""

import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import pytest
from botocore import exceptions as aws
from rich.console import Console

from private_connection_cli import run_commands
from private_connection_cli.commands import main
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.following import followed, followed_of_any
from private_connection_cli.problems import Exit, Problem, Refused
from private_connection_cli.runs import start
from private_connection_cli.watch import watching
from private_connection_cli.watch.outcomes import NotShown
from private_connection_cli.watch.watching import UNANSWERED, watch
from private_connection_cli.where import Where

MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:Provision"
EXECUTION: Final = MACHINE.replace(":stateMachine:", ":execution:") + ":one"
REQUEST: Final = ("--connection", "orders", "--workspace", "ws-1", "--cluster", "orders")
URL: Final = {"endpoint_url": "https://states.us-east-1.amazonaws.com"}


def refusal(code: str, status: int = 400) -> aws.ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return aws.ClientError(answer, "GetExecutionHistory")


UNANSWERING: Final = [
    aws.EndpointConnectionError(**URL),
    aws.ConnectTimeoutError(**URL),
    aws.ReadTimeoutError(**URL),
    aws.ConnectionClosedError(**URL),
    aws.ProxyConnectionError(proxy_url="https://proxy"),
    aws.SSLError(**URL, error=OSError("no certificate")),
    aws.HTTPClientError(error="broken"),
    refusal("InternalFailure", 500),
    refusal("ServiceUnavailable", 503),
]
ENDING: Final = [
    refusal("ExpiredTokenException"),
    refusal("ExpiredToken", 403),
    refusal("AccessDeniedException"),
    aws.UnauthorizedSSOTokenError(),
    aws.LoginRefreshRequired(),
    aws.RefreshWithMFAUnsupportedError(),
    aws.CredentialRetrievalError(provider="custom-process", error_msg="no"),
]


class Failing:
    """Step Functions, which starts a run and then tells nothing of it: all else that it is asked fails."""

    exceptions = SimpleNamespace(ExecutionAlreadyExists=type("ExecutionAlreadyExists", (Exception,), {}))

    def __init__(self, error: Exception, starting: Exception | None = None) -> None:
        self._error, self._starting = error, starting

    def start_execution(self, **asked: str) -> dict[str, str]:
        if self._starting:
            raise self._starting
        return {"executionArn": f"{asked['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{asked['name']}"}

    def __getattr__(self, _: str) -> Any:
        return mock.Mock(side_effect=self._error)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks take no time."""
    monkeypatch.setattr(watching, "time", SimpleNamespace(monotonic=lambda: 0.0))


def deployed(place: Place = Place(), carrier: Any = None) -> Deployment:  # noqa: B008  it is frozen
    outputs = {f"{each}Arn": MACHINE.replace("Provision", each) for each in ("Provision", "Teardown", "Reconcile")}
    return Deployment(place, "stack", outputs, {"ReconcileMode": "repair"}, carrier, pause=lambda _: None)


@pytest.fixture
def states() -> Iterator[mock.Mock]:
    """The client of all places; its `return_value` is to be set."""
    with mock.patch.object(Place, "client") as client:
        yield client


# ---- how long it is borne


@pytest.mark.parametrize("error", UNANSWERING, ids=repr)
def test_a_network_that_is_away_is_waited_for_two_minutes(error: Exception) -> None:
    waited = list[float]()
    with pytest.raises(Refused):
        watch(Failing(error), EXECUTION, Console(file=io.StringIO()), waited.append)
    assert UNANSWERED.most <= sum(waited) <= UNANSWERED.most + UNANSWERED.slowest


def test_looks_that_take_long_themselves_are_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a VPN swallows what is sent: each look takes until the client has given up."""
    times, waited = iter(range(0, 1000, 70)), list[float]()
    monkeypatch.setattr(watching, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with pytest.raises(Refused):
        watch(Failing(UNANSWERING[1]), EXECUTION, Console(file=io.StringIO()), waited.append)
    assert len(waited) == 2


@pytest.mark.parametrize("error", ENDING, ids=repr)
def test_what_waiting_does_not_mend_ends_the_watching_at_once(error: Exception) -> None:
    waited = list[float]()
    with pytest.raises(Refused):
        watch(Failing(error), EXECUTION, Console(file=io.StringIO()), waited.append)
    assert waited == []


# ---- what is told


@pytest.mark.parametrize("error", [*UNANSWERING, *ENDING], ids=repr)
@pytest.mark.parametrize(
    "follow",
    [
        lambda deployment: followed(deployment, EXECUTION, True, False, str),
        lambda deployment: followed_of_any(deployment, EXECUTION, False, False),
    ],
    ids=["its own", "any"],
)
def test_whatever_ends_it_the_run_goes_on_and_how_to_watch_it_is_told(
    states: mock.Mock, error: Exception, follow: Callable[[Deployment], None]
) -> None:
    states.return_value = Failing(error)
    with pytest.raises(Problem) as told:
        follow(deployed(Place("mine", "team")))
    assert told.value.code == Exit.UNWATCHED
    again = f"private-connection watch {EXECUTION} --stack mine --profile team"
    assert str(told.value).endswith(f"; the run goes on; to watch it again: {again}")
    assert "repeat" not in str(told.value)


def test_a_run_that_was_started_and_is_not_shown_goes_on(states: mock.Mock) -> None:
    states.return_value = Failing(refusal("ExecutionDoesNotExist"))
    with pytest.raises(Problem, match="does not show the run; the run goes on; to watch it again: ") as told:
        followed(deployed(), EXECUTION, True, False, str)
    assert told.value.code == Exit.UNWATCHED
    with pytest.raises(NotShown) as missing:
        followed_of_any(deployed(), EXECUTION, False, False)
    assert missing.value.code == Exit.NOT_FOUND


def test_a_run_in_this_process_ends_with_it(states: mock.Mock) -> None:
    states.return_value = Failing(refusal("ExpiredToken"))
    with pytest.raises(Problem) as told:
        followed(deployed(carrier=lambda action: action()), EXECUTION, True, False, str)
    assert (told.value.code, "goes on" in str(told.value)) == (Exit.REFUSED, False)


# ---- every command that starts a run


STARTING: Final = [
    ("provision", *REQUEST),
    ("plan", *REQUEST),
    ("teardown", "orders", "--yes"),
    ("reconcile", "orders"),
    ("pause", "orders"),
    ("resume", "orders"),
]


def ended(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a command, and what it says; nothing goes to standard output."""
    mode = "report" if command[0] == "resume" else None
    item = {"connection": "orders", "status": "READY", "request": {"connection": "orders", "reconcile": mode}}
    with (
        mock.patch.object(Where, "deployment", return_value=deployed()),
        mock.patch.object(run_commands, "standing", return_value=item),
        pytest.raises(SystemExit) as left,
    ):
        main(list(command))
    out, err = capsys.readouterr()
    assert out == ""
    return int(left.value.code or 0), err


@pytest.mark.parametrize("command", STARTING, ids=" ".join)
def test_a_command_whose_sign_in_expires_while_it_watches(
    states: mock.Mock, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    states.return_value = Failing(refusal("ExpiredTokenException"))
    code, told = ended(command, capsys)
    assert code == 5
    assert told.startswith("private-connection: the sign-in has expired (ExpiredTokenException): sign in again")
    assert "; the run goes on; to watch it again: private-connection watch arn:aws:states:" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("command", STARTING, ids=" ".join)
def test_a_command_that_is_not_told_whether_the_run_started(
    states: mock.Mock, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    states.return_value = Failing(refusal("ExpiredToken"), starting=aws.ReadTimeoutError(**URL))
    code, told = ended(command, capsys)
    assert code == 5
    assert "; the run may have started all the same: private-connection watch arn:aws:states:" in told
    assert ":execution:" in told


def test_of_a_start_that_is_not_answered_the_cause_is_known(states: mock.Mock) -> None:
    """`make acceptance` makes no verdict of it, as of no answer."""
    states.return_value = Failing(refusal("ExpiredToken"), starting=aws.ReadTimeoutError(**URL))
    with pytest.raises(Refused) as told:
        start(deployed(), "ProvisionArn", {"connection": "orders"})
    assert told.value.unanswered


@pytest.mark.parametrize("command", STARTING, ids=" ".join)
def test_a_command_that_may_not_start_the_run_started_none(
    states: mock.Mock, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    states.return_value = Failing(refusal("ExpiredToken"), starting=refusal("ExpiredToken"))
    code, told = ended(command, capsys)
    assert (code, "the run" in told) == (4, False)
