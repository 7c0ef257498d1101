"""The account over HTTP on localhost, for the AWS CLI and any other client.

`served` has the account's services alone, for functions that run in another emulator: its clock runs faster than real
time, and Step Functions and Lambda are moto's own. `deployed` has the deployed template too: its stack's outputs, state
machines, functions, rules and schedules, on virtual time that keeps to real time.
"""

import contextlib
import math
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TextIO

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sandbox import services
from sandbox.account import TEMPLATE, Account
from sandbox.authorization.enforcement import Enforcement
from sandbox.clock import Clock, ScaledClock
from sandbox.deployment.resolver import STACK
from sandbox.gateway import Gateway
from sandbox.pacing import SLICE, PacedClock
from sandbox.runs import ScenarioError
from sandbox.stack import seams
from sandbox.stepfunctions.patching import patched
from sandbox.world import World, lay

HOST: Final = "127.0.0.1"

Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


@contextlib.contextmanager
def served(
    world: World, port: int = 0, time_scale: float = 60.0, seed: int = 0, clock: Clock | None = None
) -> Iterator[str]:
    """Serve a world; yields the address. Port 0 takes a free port. The caller moves a clock that it gives.

    Raises ScenarioError if the port cannot be had.
    """
    conditions = world.conditions(clock or ScaledClock(time_scale), seed)
    with _listening(port) as listening, services.install(conditions), Gateway(conditions) as gateway:
        gateway.guards.append(Enforcement(None, world.service_control_policies))
        lay(world, conditions)
        application = DomainDispatcherApplication(create_backend_app)
        with _answering(application, listening, MotoRequestHandler) as address:
            yield address


@contextlib.contextmanager
def deployed(account: Account, clock: PacedClock, listening: socket.socket) -> Iterator[str]:
    """Serve an open account while its clock is driven; yields the address."""
    with patched(seams(account)):
        application = _on_leaves(DomainDispatcherApplication(create_backend_app), clock)
        with _answering(application, listening, _Quiet) as address:
            yield address


@contextlib.contextmanager
def _answering(application: Any, listening: socket.socket, handler: type[MotoRequestHandler]) -> Iterator[str]:
    """The application answers meanwhile, on threads of its own; yields the address."""
    host, port = listening.getsockname()
    server = make_server(host, port, application, threaded=True, request_handler=handler, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(SLICE,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.shutdown()
        thread.join()


def serve(
    world: World,
    port: int,
    time_scale: float,
    seed: int,
    template: Path = TEMPLATE,
    logs: TextIO | None = None,
    idle_minutes: float = math.inf,
    stack: str = STACK,
    parameters: Mapping[str, str] | None = None,
) -> None:
    """Serve an account with the template deployed in it until interrupted or terminated, or nobody has asked it for
    anything in so many real minutes.

    What its functions log goes to `logs`. Raises ScenarioError if the port cannot be had, and TemplateError if the
    template does not take a parameter.
    """
    clock = PacedClock(time_scale)
    with contextlib.ExitStack() as entered:
        listening = entered.enter_context(_listening(port))
        told = logs or entered.enter_context(Path(os.devnull).open("w"))
        account = entered.enter_context(Account(world, seed, template, parameters, told, clock, stack))
        address = entered.enter_context(deployed(account, clock, listening))
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: clock.end())
        print("\n".join(_told(address, account, time_scale)), flush=True)  # noqa: T201  what a user waits for
        with contextlib.redirect_stdout(told):
            clock.drive(idle_minutes * 60)


def _told(address: str, account: Account, time_scale: float) -> Iterator[str]:
    region = account.world.region
    yield f"{address}, {time_scale:g} seconds to each real one"
    yield f"the stack {account.template.stack} is deployed there; any AWS client finds it with"
    yield f"export AWS_ENDPOINT_URL={address} AWS_REGION={region} AWS_DEFAULT_REGION={region}"
    yield "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox"


class _Quiet(MotoRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ScenarioError(f"port {port} of {HOST} cannot be had ({error}); choose another with --port") from error
        listening.listen()
        yield listening


def _on_leaves(application: Any, clock: PacedClock) -> Application:
    """The application with each request carried out on a leaf of the clock, once all of it has come."""

    def carried_out(environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        begun = list[tuple[Any, ...]]()
        answer: list[bytes] = clock.call(lambda: list(application(asked, lambda *told: begun.append(told))))
        start_response(*begun[-1])
        return answer

    return carried_out
