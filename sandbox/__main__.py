"""The sandbox's command line.

It exits with 0 when it carried out what was asked, however the runs ended, and with 2 when an input cannot be read or
contradicts itself.
"""

import argparse
import contextlib
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.account import TEMPLATE, Account
from sandbox.clock import clock_face
from sandbox.deployment.resolver import STACK, TemplateError
from sandbox.runs import RunReport, ScenarioError
from sandbox.scenarios.scenario import (
    AdvanceReport,
    Entry,
    Passing,
    Run,
    Scenario,
    ScenarioReport,
    carry_out,
    read,
    read_json,
    read_world,
    runs_of,
)
from sandbox.serve import serve
from sandbox.world import World

USAGE_ERROR = 2
PARAMETER = "a parameter of the template that has another value than its default; may be given more than once"


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.command(chosen))
    except (ScenarioError, TemplateError) as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR


def _run(chosen: argparse.Namespace) -> int:
    step = Run(run=chosen.machine, input=read_json(chosen.input))
    return _carry_out(Scenario(world=_world(chosen), steps=[step], parameters=_parameters(chosen)), chosen)


def _scenario(chosen: argparse.Namespace) -> int:
    return _carry_out(read(chosen.file), chosen)


def _carry_out(scenario: Scenario, chosen: argparse.Namespace) -> int:
    def opened(world: World, seed: int, parameters: Mapping[str, str]) -> Account:
        return Account(world, seed, template=chosen.template, parameters=parameters)

    report = carry_out(scenario, chosen.seed, opened)
    print(report.as_json() if chosen.json else "\n".join(_summary(report)))
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    with contextlib.ExitStack() as entered:
        logs = entered.enter_context(chosen.logs.open("w")) if chosen.logs else None
        serve(
            _world(chosen),
            chosen.port,
            chosen.time_scale,
            chosen.seed,
            chosen.template,
            logs,
            chosen.idle,
            chosen.stack,
            _parameters(chosen),
        )
    return 0


def _world(chosen: argparse.Namespace) -> World:
    return read_world(chosen.world) if chosen.world else World()


def _parameters(chosen: argparse.Namespace) -> dict[str, str]:
    """The template's parameters that are given; a value may have more signs of equality."""
    found: dict[str, str] = {}
    for each in chosen.parameter:
        key, equals, value = each.partition("=")
        if not (key and equals):
            raise ScenarioError(f"--parameter {each!r} is no KEY=VALUE")
        if key in found:
            raise ScenarioError(f"--parameter {key} is given twice")
        found[key] = value
    return found


def _summary(report: ScenarioReport) -> list[str]:
    lines = [line for step in report.steps for line in _step(step)]
    owned = [f"  {len(ids):>4}  {kind}" for kind, ids in report.owned.items()]
    changes = [f"  {change}" for change in report.foreign_changes]
    return [
        *lines,
        "",
        "made and still there:",
        *(owned or ["  nothing"]),
        "changed besides:",
        *(changes or ["  nothing"]),
    ]


def _step(step: Entry) -> list[str]:
    own = [line for run in runs_of(step) for line in _lines(run)]
    return (own or [_said(step)]) + (_started(step.started) if isinstance(step, Passing) else [])


def _said(step: Entry) -> str:
    return str({"advance": step.advance} if isinstance(step, AdvanceReport) else step)


def _started(runs: Sequence[RunReport]) -> list[str]:
    return [f"  started by itself: {_lines(each)[0]}" for each in runs]


def _lines(run: RunReport) -> list[str]:
    took = f"{run.run}: {run.status} after {clock_face(run.virtual_seconds)} of virtual time"
    counts = f"  {run.state_transitions} state transitions, {run.history_events} history events"
    calls = f"  {run.lambda_invocations} function calls, {sum(run.api_calls.values())} AWS calls"
    return [took, *([f"  {run.error}: {run.cause}"] if run.error else []), counts, calls, *_started(run.started)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="An AWS account in a process.")
    commands = parser.add_subparsers(required=True)
    run = _command(commands, "run", _run, "run a state machine on an input")
    run.add_argument("machine", help="the name of its definition's file, without .asl.json")
    run.add_argument("input", type=Path, help="a JSON file")
    scenario = _command(commands, "scenario", _scenario, "carry out a scenario")
    scenario.add_argument("file", type=Path, help="a YAML file")
    serve = _command(commands, "serve", _serve, "serve the account, with the template deployed, on localhost")
    serve.add_argument("--port", type=int, default=0, help="a free one if left out")
    serve.add_argument("--time-scale", type=float, default=60.0, help="virtual seconds to a real one")
    serve.add_argument("--stack", default=STACK, help="the stack's name")
    serve.add_argument("--idle", type=float, default=math.inf, help="minutes without a request after which it ends")
    serve.add_argument("--logs", type=Path, help="a file for what the functions log")
    for command in (run, serve):
        command.add_argument("--world", type=Path, help="a YAML file: what the account already holds")
        command.add_argument("--parameter", action="append", default=[], metavar="KEY=VALUE", help=PARAMETER)
    for command in (run, scenario, serve):
        command.add_argument("--template", type=Path, default=TEMPLATE, help="the SAM template that is deployed")
    for command in (run, scenario):
        command.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: object, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.set_defaults(command=command)
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
