"""A served sandbox, and `make acceptance` against it as a user has it: a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import yaml

from private_connection_cli.deployment import STACK

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SCALE: Final = 400.0
LATE: Final = {"executionSeen": 60, "executionResult": 120}
"""Executions are shown late, as on AWS they may be."""
ACCOUNT: Final = "123456789012"
LONG: Final = {"ACCEPTANCE_SECONDS": "10000000"}
"""Virtual time goes on while a busy machine computes: no hour ends a test but the one that is about it."""


@dataclass(frozen=True)
class Served:
    variables: Mapping[str, str]
    folder: Path
    """Where acceptance keeps its journal and its report."""

    def client(self, service: str, key: str | None = None) -> Any:
        """Of the account, or of the one whose number is the access key."""
        given = self.variables
        make: Any = boto3.client
        return make(
            service,
            region_name=given["AWS_REGION"],
            endpoint_url=given["AWS_ENDPOINT_URL"],
            aws_access_key_id=key or given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    def environment(self, **more: str) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        paths = f"{CHECKOUT}:{CHECKOUT / 'cli'}"
        return {**own, **self.variables, "PYTHONPATH": paths, "ACCEPTANCE_FOLDER": str(self.folder), **LONG, **more}

    @property
    def report(self) -> str:
        return (self.folder / "acceptance.md").read_text()

    def rows(self, state: str) -> list[str]:
        """The assumptions that the report says this of, in its order."""
        start = f"| {state} | "
        return [line.removeprefix(start) for line in self.report.splitlines() if line.startswith(start)]

    def things(self) -> dict[str, Any]:
        """What the account holds of all that an acceptance makes, asked by other means than its own."""
        ec2, elb, cache = self.client("ec2"), self.client("elbv2"), self.client("elasticache")
        groups = ec2.describe_security_groups()["SecurityGroups"]
        services = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
        return {
            "security groups": sorted(each["GroupId"] for each in groups),
            "rules": sorted(
                each["SecurityGroupRuleId"] for each in ec2.describe_security_group_rules()["SecurityGroupRules"]
            ),
            "services": sorted(each["ServiceId"] for each in services if each["ServiceState"] != "Deleted"),
            "balancers": [each["LoadBalancerName"] for each in elb.describe_load_balancers()["LoadBalancers"]],
            "target groups": [each["TargetGroupName"] for each in elb.describe_target_groups()["TargetGroups"]],
            "roles": sorted(each["RoleName"] for each in self.client("iam").list_roles()["Roles"]),
            "clusters": [each["CacheClusterId"] for each in cache.describe_cache_clusters()["CacheClusters"]],
            "groups": [each["ReplicationGroupId"] for each in cache.describe_replication_groups()["ReplicationGroups"]],
            "subnet groups": [each for each in _subnet_groups(cache) if each != "default"],  # which AWS makes itself
        }


def _subnet_groups(cache: Any) -> list[str]:
    return [each["CacheSubnetGroupName"] for each in cache.describe_cache_subnet_groups()["CacheSubnetGroups"]]


@contextlib.contextmanager
def serving(
    folder: Path, world: Mapping[str, Any] | None = None, broken: str | None = None, scale: float = SCALE
) -> Iterator[Served]:
    """A sandbox with the deployed stack; `broken` names the assumption that does not hold there."""
    laid = folder / "world.yaml"
    given = dict(world or {})
    laid.write_text(yaml.safe_dump({**given, "latency": {**LATE, **given.get("latency", {})}}))
    module = ["tests.acceptance.breaking", broken] if broken else ["sandbox"]
    line = [sys.executable, "-m", *module, "serve", "--template", "template.yaml", "--stack", STACK]
    line += ["--world", str(laid), "--time-scale", f"{scale:g}", "--logs", str(folder / "functions.log")]
    environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'layers' / 'private_connection'}"}
    process = subprocess.Popen(line, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield Served(_said(process), folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def _said(process: "subprocess.Popen[str]") -> dict[str, str]:
    variables: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("export "):
            variables |= dict(each.split("=", 1) for each in line.split()[1:])
        if "AWS_SECRET_ACCESS_KEY" in variables:
            return variables
    raise AssertionError("the sandbox did not start")


@dataclass
class Call:
    """A call of `make acceptance` that is at work, or has ended."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def read_until(self, text: str) -> None:
        """Reads what it tells until a line has this text."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip())
            if text in line:
                return
        raise AssertionError("\n".join(self.lines))

    def ended(self) -> int:
        _, rest = self.process.communicate()
        self.lines += rest.splitlines()
        return self.process.returncode

    @property
    def told(self) -> str:
        return "\n".join(self.lines)


def begun(served: Served, *arguments: str, **variables: str) -> Call:
    line: Sequence[str] = [sys.executable, "-m", "acceptance", *arguments]
    environment = served.environment(**{"ACCEPT": ACCOUNT} | variables)
    process = subprocess.Popen(
        line,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_interruptible,
    )
    return Call(process)


def _interruptible() -> None:
    """A shell has what it starts in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def called(served: Served, **variables: str) -> Call:
    call = begun(served, **variables)
    call.ended()
    return call


def journal(served: Served) -> dict[str, str]:
    found: dict[str, str] = json.loads((served.folder / "acceptance.json").read_text())
    return found
