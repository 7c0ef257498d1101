"""Each contract of pyproject.toml about imports bites: a copy of the sources with one import too many is refused."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAYER = "layers/private_connection"
SOURCES = [
    f"{LAYER}/private_connection",
    "functions",
    "cli/private_connection_cli",
    "sandbox",
    "consumer",
    "acceptance",
    "tools",
    "bench",
]
PATH = f"{LAYER}:cli:."

PRODUCT = "The product runs without what tries, shows, tests or measures it"
SANDBOX = "The sandbox is free of the product and of its command line"
CONSUMER = "The other side knows nothing of the product, nor of the sandbox"
ACCEPTANCE = "What is tried on AWS asks AWS, with the command line's means"
ROOMS = "Tools and benchmark stand above the command line, and that above the product"
CHECKS = "A check judges what was read, and reads nothing itself"
FLOORS = "A module of the layer imports from the floors below its own"

FORBIDDEN = [
    (PRODUCT, "private_connection.naming", "sandbox.clock"),
    (PRODUCT, "private_connection.teardown.report", "private_connection_cli.demo"),
    (PRODUCT, "private_connection.handoff", "consumer.connecting"),
    (PRODUCT, "private_connection.inventory", "tools.render"),
    (PRODUCT, "private_connection.settings", "bench.limit"),
    (PRODUCT, "private_connection.clients", "moto"),
    (PRODUCT, "functions.find_owned.app", "sandbox.account"),
    (SANDBOX, "sandbox.world.model", "private_connection.errors"),
    (SANDBOX, "sandbox.lambdas.functions", "functions.find_owned.app"),
    (SANDBOX, "sandbox.runs", "private_connection_cli.demo"),
    (CONSUMER, "consumer.offers", "private_connection.handoff"),
    (CONSUMER, "consumer.endpoints", "sandbox.clock"),
    (CONSUMER, "consumer.__main__", "private_connection_cli.demo"),
    (ACCEPTANCE, "acceptance.report", "sandbox.clock"),
    (ACCEPTANCE, "acceptance.names", "private_connection.naming"),
    (ROOMS, "private_connection.task", "functions.check_cluster.app"),
    (ROOMS, "tools.deploy", "bench.report"),
    (ROOMS, "private_connection_cli.sessions", "tools.caller"),
    (CHECKS, "private_connection.preflight.checks.role", "private_connection.clients"),
    (CHECKS, "private_connection.preflight.checks.network", "boto3"),
    (FLOORS, "private_connection.paths.targets", "private_connection.cluster.nodes"),
    (FLOORS, "private_connection.paths.listeners", "private_connection.access.roles"),
    (FLOORS, "private_connection.cluster.nodes", "private_connection.paths.targets"),
    (FLOORS, "private_connection.cluster.rules", "private_connection.access.grants"),
    (FLOORS, "private_connection.access.policies", "private_connection.cluster.plan"),
    (FLOORS, "private_connection.access.grants", "private_connection.paths.principals"),
    (FLOORS, "private_connection.preflight.looks", "private_connection.teardown.looks"),
    (FLOORS, "private_connection.teardown.withdrawal", "private_connection.surplus"),
    (FLOORS, "private_connection.inventory", "private_connection.preflight.facts"),
    (FLOORS, "private_connection.cluster.networks", "private_connection.inventory"),
    (FLOORS, "private_connection.request.models", "private_connection.cluster.networks"),
    (FLOORS, "private_connection.contracts", "private_connection.ownership"),
    (FLOORS, "private_connection.naming", "private_connection.settings"),
    (FLOORS, "private_connection.notices.events", "private_connection.registry.entries"),
]


def copied(folder: Path) -> Path:
    """What import-linter reads, in a folder of its own."""
    for each in SOURCES:
        shutil.copytree(each, folder / each, ignore=shutil.ignore_patterns("tests", "node", "__pycache__"))
    shutil.copy("pyproject.toml", folder)
    return folder


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": PATH}, capture_output=True, text=True, check=False)


def module(folder: Path, name: str) -> Path:
    (path,) = [path for root in PATH.split(":") if (path := folder / root / f"{name.replace('.', '/')}.py").exists()]
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of all of them at once: building its graph is what takes time."""
    folder = copied(tmp_path_factory.mktemp("seeded"))
    for _, importer, imported in FORBIDDEN:
        path = module(folder, importer)
        path.write_text(f"{path.read_text()}\nimport {imported}\n")
    done = linted(folder)
    assert done.returncode == 1
    return done.stdout


def section(report: str, contract: str) -> str:
    """What the report says of one contract: from its heading, which is underlined, up to the next."""
    _, found, rest = report.partition(f"\n{contract}\n{'-' * len(contract)}\n")
    assert found, f"nothing is said of: {contract}"
    return rest.partition("\n---")[0]


def test_the_sources_as_they_are_keep_every_contract(tmp_path: Path) -> None:
    done = linted(copied(tmp_path))
    assert "Contracts: 7 kept, 0 broken." in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(("contract", "importer", "imported"), FORBIDDEN, ids=lambda name: str(name))
def test_an_import_too_many_is_refused(report: str, contract: str, importer: str, imported: str) -> None:
    assert f"{importer} -> {imported}" in section(report, contract)


def test_a_module_without_a_floor_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / LAYER / "private_connection" / "somewhere.py").write_text('"""Nobody said where this belongs."""\n')
    assert "somewhere" in section(linted(folder).stdout, FLOORS)
