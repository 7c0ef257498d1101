"""What a function's first call costs before it does anything: its imports, and the clients that it makes.

Each measurement is a process of its own, and what is measured is its processor time: nothing in a cold start waits for
anything else, and other work on the machine is not in the figure. Beside each function stands a bare handler, which
makes the same clients with boto3 and does nothing else. Which clients a function makes is seen in the sandbox, not
written down. What Lambda adds to both (starting the environment, fetching the layer) is not in the figures.
"""

import contextlib
import io
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import boto3

from bench.cases import CLUSTER, Case
from bench.runs import PROCESSES, TEARDOWN
from bench.workflow import BenchmarkError
from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.gateway import Call
from sandbox.world import apply_event

ROUNDS: Final = 9
REGION: Final = "us-east-1"
STRANGER: Final = "arn:aws:iam::111122223333:root"
NEVER: Final = 1_000_000.0
"""Seconds until a target is registered, longer than a run waits."""
LAYER: Final = Path(__file__).resolve().parent.parent / "layers" / "private_connection"
TIMED: Final = """
import sys, time
sys.modules["awscrt"] = None
began = time.process_time()
{body}
print((time.process_time() - began) * 1000)
"""
"""Without awscrt, which only the command line needs: Lambda's runtime has boto3 with its dependencies alone (Developer
Guide, "Building Lambda functions with Python").
"""
VARIABLES: Final = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "POWERTOOLS_SERVICE_NAME": "private-connection",
    "VERVERICA_PRINCIPAL": "arn:aws:iam::794031221915:root",
    "LOAD_BALANCERS": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net",
    "ACCESS_ROLE_PATH": "/private-connection/",
    "REGISTRY": "private-connection-Registry",
}
IN_FEW_REGIONS: Final = ("pricing",)
"""Clients that are told in which Region they ask."""
OURS: Final = "import app\nfrom private_connection import clients"
BARE: Final = "import boto3"
Clients = frozenset[str]


@dataclass(frozen=True)
class ColdStart:
    function: str
    milliseconds: float
    bare_milliseconds: float

    @property
    def ratio(self) -> float:
        return self.milliseconds / self.bare_milliseconds

    def as_json(self) -> dict[str, object]:
        return {
            "function": self.function,
            "milliseconds": round(self.milliseconds, 1),
            "bareMilliseconds": round(self.bare_milliseconds, 1),
        }


def measure() -> list[ColdStart]:
    """Runs all processes in turn, several times, so that other load on the machine affects each of them alike."""
    used = clients_used()
    functions = sorted(
        Template(TEMPLATE, REGION).functions.values(), key=lambda each: (sorted(used[each.name]), each.step)
    )
    bare = {used[each.name]: Process(bare_body(used[each.name]), (LAYER,)) for each in functions}
    ours = {each.step: Process(our_body(used[each.name]), (LAYER, each.code)) for each in functions}
    times = _typical([process for each in functions for process in (bare[used[each.name]], ours[each.step])])
    found = [ColdStart(each.step, times[ours[each.step]], times[bare[used[each.name]]]) for each in functions]
    return sorted(found, key=lambda each: each.function)


@dataclass(frozen=True)
class Process:
    """A Python program to be timed, and where its modules lie."""

    body: str
    paths: tuple[Path, ...]

    def milliseconds(self) -> float:
        variables = {**VARIABLES, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, self.paths))}
        program = [sys.executable, "-c", TIMED.format(body=self.body)]
        ran = subprocess.run(program, env=variables, check=True, capture_output=True, text=True)
        return float(ran.stdout.splitlines()[-1])


def _typical(processes: Iterable[Process]) -> dict[Process, float]:
    """Medians; a first round is for the caches of the machine, and compiles what is not compiled."""
    distinct = list(dict.fromkeys(processes))
    with ThreadPoolExecutor(PROCESSES) as at_once:
        rounds = [list(at_once.map(Process.milliseconds, distinct)) for _ in range(ROUNDS + 1)]
    return {each: median(found) for each, found in zip(distinct, zip(*rounds[1:], strict=True), strict=True)}


def our_body(clients: Clients) -> str:
    return "\n".join([OURS, *(f"clients.{name}({_region(name)})" for name in sorted(clients))])


def bare_body(clients: Clients) -> str:
    return "\n".join([BARE, *(f"boto3.client({name!r})" for name in sorted(clients))])


def _region(client: str) -> str:
    return repr(REGION) if client in IN_FEW_REGIONS else ""


def clients_used() -> Mapping[str, Clients]:
    """For each function, the clients that it makes, seen in the sandbox in a life of a connection."""
    seen: dict[str, set[str]] = defaultdict(set)
    invoked: set[str] = set()
    for case in (Case("create", 1), Case("adopt", 1)):
        with _watched(case, seen) as account:
            _live(account, case)
            invoked |= set(account.functions.invocations)
    unseen = [each.step for each in account.template.functions.values() if each.name not in invoked]
    if unseen:
        raise BenchmarkError(f"no run invokes {', '.join(unseen)}, so its clients are not known")
    return {name: frozenset(seen[name]) for name in invoked}


@contextlib.contextmanager
def _watched(case: Case, seen: dict[str, set[str]]) -> Iterator[Account]:
    def watch(call: Call) -> None:
        # the variables of the process are those of the function whose turn it is; somebody else's calls have none
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            seen[os.environ["AWS_LAMBDA_FUNCTION_NAME"]].add(call.service)

    with Account(case.world(), 0, logs=io.StringIO()) as account:
        account.gateway.listeners.append(watch)
        yield account


def _live(account: Account, case: Case) -> None:
    """Runs the life of a connection: two failed runs, a run, a sweep after a node's new address, a plan of a run that
    asks for less, and that run, a consumer of the one that is created, whom a sweep sees, a teardown. Beside them a
    person asks what is known of it.
    """
    refused = Fault(operation="ec2:AuthorizeSecurityGroupIngress", error="UnauthorizedOperation")
    account.run("provision", case.request(), faults=[refused])
    usual = account.conditions.latency
    account.conditions.latency = usual.model_copy(update={"registration": NEVER})
    account.run("provision", case.request())
    account.conditions.latency = usual
    first = account.run("provision", {**case.request(), "tags": {"team": "data"}}).output
    boto3.client("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=first["endpoints"][0]["serviceId"], AddAllowedPrincipals=[STRANGER]
    )
    apply_event("change-ip", {"node": f"{CLUSTER}-001"}, account.conditions)
    account.run("reconcile", {})
    account.run("provision", {**case.request(), "plan": True})
    output = account.run("provision", {**case.request(), "accessPolicy": "scoped"}).output
    account.invoke("ListConnections", {})
    account.invoke("ShowConnection", {"connection": output["connection"]})
    created = case.mode == "create"
    if created:
        apply_event("connect", {"service": output["endpoints"][0]["serviceName"]}, account.conditions)
        account.run("reconcile", {})
    account.run("teardown", {**TEARDOWN, "deleteCluster": created, "force": created})
