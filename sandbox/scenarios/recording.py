"""Records the permissions and the expressions of runs, for tools that share no code with the sandbox.

A recorder writes lines of JSON into a folder. It writes each distinct line once, however many runs and forks of this
process produce it: forks share a bitmap of the lines seen, and append each line in one write. One id first replaces
every random one, and one name that of every execution. Only accounts that open after `start` are recorded.

    calls.<pid>.jsonl         a function or machine, an action, a resource, condition keys, the first scenario, and
                              the template's parameters if with their defaults the function's policies are others
    expressions.<pid>.jsonl   an expression, the variables that it read, and its value
"""

import functools
import hashlib
import json
import mmap
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.account import Account
from sandbox.authorization import Need, Request, needs
from sandbox.authorization.enforcement import caller
from sandbox.deployment.template import Template, deployed
from sandbox.stepfunctions.expressions import parse

SEEN_BITS: Final = 1 << 28
"""After a hundred thousand lines, the next is taken for one of them, and lost, with a chance below a thousandth."""
MOST_INPUTS: Final = 60
"""The most distinct inputs that are recorded for an expression."""
MOST_BYTES: Final = 20_000
"""The largest input that is recorded; larger ones repeat the structure of smaller ones."""
RANDOM_IDS: Final = (
    (re.compile(r"\b(sg|sgr|vpce-svc|vpce)-[0-9a-f]{17}\b"), r"\1-0123456789abcdef0"),
    (re.compile(r"/[0-9a-f]{16}(?![0-9a-f])"), "/0123456789abcdef"),
    (re.compile(r"(:execution:[\w-]+:)[^\"]+"), r"\1one"),
)
NONE: Final[Mapping[str, str]] = {}
PART: Final = re.compile(r"\$states\.(input|result|errorOutput|context)\b")


class Recorder:
    """The caller sets `scenario` to the name of what it starts. Without a name nothing is recorded."""

    def __init__(self, folder: Path) -> None:
        self.scenario = ""
        folder.mkdir(parents=True, exist_ok=True)
        self._told: set[str] = set()
        """The needs that were told already, in this process or before it was forked."""
        self._seen = mmap.mmap(-1, SEEN_BITS // 8)
        self._files = {kind: _appended(folder / f"{kind}.{os.getpid()}.jsonl") for kind in ("calls", "expressions")}

    def attach(self, account: Account) -> None:
        """Record an account that has just been opened."""
        account.gateway.guards.insert(0, functools.partial(self._requested, _parameters(account.template)))
        account.interpreter.callers.append(functools.partial(self._called, account.world.region))
        account.interpreter.evaluator.listeners.append(self._evaluated)

    def _requested(self, parameters: Mapping[str, Mapping[str, str]], request: Request) -> None:
        function = caller.get()
        if function is not None and self.scenario:
            for need in needs(request):
                self._needed(function.logical_id, need, parameters.get(function.name, {}))

    def _called(self, region: str, machine: str, action: str, resource: str) -> None:
        self._needed(machine, Need(action, resource, {"aws:RequestedRegion": region}))

    def _needed(self, who: str, need: Need, parameters: Mapping[str, str] = NONE) -> None:
        told = repr((who, need, parameters))
        if not self.scenario or told in self._told:
            return  # most are asked again and again: what a poll needs is worked out at its first look
        self._told.add(told)
        said = {"who": who, **vars(need), **({"parameters": dict(parameters)} if parameters else {})}
        text = made_alike(json.dumps(said, sort_keys=True))
        if self._first(text):
            self._write("calls", {**json.loads(text), "scenario": self.scenario})

    def _evaluated(self, text: str, bound: Mapping[str, object], value: object) -> None:
        if not self.scenario or self._known(f"enough {text}"):
            return
        said = json.dumps([text, _read(text, bound), value], ensure_ascii=False)
        if len(said) > MOST_BYTES or not self._first(said):
            return
        if not any(self._first(f"{number} {text}") for number in range(MOST_INPUTS)):
            self._first(f"enough {text}")
            return
        expression, variables, result = json.loads(said)
        self._write("expressions", {"expression": expression, "variables": variables, "value": result})

    def _first(self, text: str) -> bool:
        """Whether this line is the first of its kind."""
        byte, bit = _place(text)
        before = self._seen[byte]
        self._seen[byte] = before | bit
        return not before & bit

    def _known(self, text: str) -> bool:
        byte, bit = _place(text)
        return bool(self._seen[byte] & bit)

    def _write(self, kind: str, line: Mapping[str, Any]) -> None:
        os.write(self._files[kind], (json.dumps(line, ensure_ascii=False) + "\n").encode())

    def labelled(self, question: Callable[..., Any]) -> Callable[..., Any]:
        """The question, which sets this recorder's scenario in the fork that answers it."""
        return _Labelled(self.scenario, question)


def _place(text: str) -> tuple[int, int]:
    """Which byte of the bitmap, and which bit of it, stands for this text."""
    place = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % SEEN_BITS
    return place // 8, 1 << place % 8


class _Labelled:
    """A class, so that it can be pickled and sent to the process that forks."""

    def __init__(self, scenario: str, question: Callable[..., Any]) -> None:
        self.scenario, self.question = scenario, question

    def __call__(self, *arguments: Any) -> Any:
        for recorder in RECORDERS:
            recorder.scenario = self.scenario
        return self.question(*arguments)


RECORDERS: Final[list[Recorder]] = []
"""The recorders of this process."""


def start(folder: Path) -> Recorder:
    """Record all accounts that open from now on, in forks of this process too."""
    recorder = Recorder(folder)
    RECORDERS.append(recorder)
    Account.watchers.append(recorder.attach)
    return recorder


@functools.lru_cache(maxsize=32)
def _parameters(template: Template) -> dict[str, Mapping[str, str]]:
    """The parameters that the account gives, by the functions whose policies are others because of them."""
    given = template.resolve.given
    if not given:
        return {}
    usual = deployed(template.path, template.region)
    return {
        name: given
        for name, each in template.functions.items()
        if list(template.documents(each)) != list(usual.documents(usual.functions[name]))
    }


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def made_alike(text: str) -> str:
    """The text with one fixed id in place of every random one."""
    for pattern, like in RANDOM_IDS:
        text = pattern.sub(like, text)
    return text


def _read(text: str, bound: Mapping[str, object]) -> dict[str, object]:
    """The variables that an expression reads; of `$states` only the parts that it names, if it names any."""
    variables = {name: bound[name] for name in sorted(parse(text).reads & bound.keys())}
    states = variables.get("states")
    named = set(PART.findall(text))
    if isinstance(states, dict) and named and len(PART.findall(text)) == text.count("$states"):
        variables["states"] = {name: part for name, part in states.items() if name in named}
    return variables
