"""What the README and the documents say can be done can be done."""

import inspect
import json
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from private_connection.contracts import Document
from private_connection.notices.events import KINDS
from private_connection.notices.telling import SOURCE
from private_connection.registry import sweeps
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import parse_request, parse_sweep, read_teardown
from private_connection.request.removal import TeardownRequest
from tests.readme import told
from tests.unit.notices.schemas import schema_of
from tools.deployment import read_template

README = Path("README.md").read_text()
REQUEST = Path("docs/request.md").read_text()
NOTICES_PAGE = Path("docs/notices.md").read_text()
OUTSIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = sorted([*map(Path, OUTSIDE), *Path("docs").rglob("*.md")])
EVERY_PAGE = sorted([*PAGES, *(Path(each) / "README.md" for each in ("consumer", "sandbox"))])
LONGEST = 200
COMMAND = re.compile(r"(aws|make|export|cp|python) |[A-Z_]+=|\w+\(\) \{")
PROVISION_SAMPLES = (
    *("adopt", "adopt-all-zones", "adopt-existing-role", "adopt-scoped", "adopt-tagged", "plan"),
    *("create", "create-cluster-mode", "all-settings"),
)
TEARDOWN_SAMPLES = ("teardown", "teardown-connection", "teardown-force")
SWEEP_SAMPLES = ("reconcile", "reconcile-one")


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a kind; those of a page without one are commands, pictures and lists."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for each, block in fenced if re.fullmatch(kind, each)]


def sample(name: str) -> Any:
    return json.loads(Path(f"events/{name}.json").read_text())


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths(document: Any, prefix: str = "") -> dict[str, Any]:
    """Each field of a document that is no object, by its path."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        found |= paths(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return found


def described(section: str) -> dict[str, str]:
    """The fields that a table of docs/request.md describes, with their defaults."""
    _, text = REQUEST.split(f"\n## {section}\n", 1)
    return dict(re.findall(r"^\| `([\w.]+)` \| ?(.*?) ?\|", text.split("\n## ")[0], re.MULTILINE))


@cache
def tracked() -> set[str]:
    """What a clone has: files that git knows or would add; in a copy without git, whatever there is."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    listed = done.stdout.splitlines() if done.returncode == 0 else [str(path) for path in Path().rglob("*")]
    return {*listed, *(str(parent) for each in listed for parent in Path(each).parents)}


# ------------------------------------------------------------------ the first screen


def test_readme_opens_with_the_two_commands() -> None:
    first = README.split("```")[1]
    assert first.strip().splitlines() == ["make demo", "make test"]


def test_readme_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= LONGEST


def test_adopting_is_the_first_example() -> None:
    assert 0 < README.index("events/adopt.json") < README.index("events/create.json")


# ------------------------------------------------------------------ samples


@pytest.mark.parametrize("name", PROVISION_SAMPLES)
def test_samples_of_provision_are_requests(name: str) -> None:
    request = parse_request(sample(name))
    assert (request.cluster.create is None) == (name.startswith("adopt") or name == "plan")


def test_samples_of_teardown_are_requests() -> None:
    requests = [read_teardown(Document(sample(name))) for name in TEARDOWN_SAMPLES]
    assert [(each.delete_cluster, each.force) for each in requests] == [(True, False), (False, False), (False, True)]


def test_samples_of_sweeps_are_requests() -> None:
    assert [parse_sweep(sample(name)).connection for name in SWEEP_SAMPLES] == [None, "orders"]


def test_the_page_names_every_sample_with_its_machine() -> None:
    rows = re.findall(r"^\| [^|]+ \| (\w+) \| \[`([\w-]+)\.json`\]\(\.\./events/\2\.json\) \|$", REQUEST, re.MULTILINE)
    machines = dict.fromkeys(PROVISION_SAMPLES, "Provision") | dict.fromkeys(TEARDOWN_SAMPLES, "Teardown")
    assert {name: machine for machine, name in rows} == machines | dict.fromkeys(SWEEP_SAMPLES, "Reconcile")


def test_samples_of_events_hold_requests() -> None:
    (provision,), (teardown,), (sweep,) = sample("request"), sample("request-teardown"), sample("request-reconcile")
    assert parse_request(json.loads(provision["Detail"]))
    assert read_teardown(Document(json.loads(teardown["Detail"])))
    assert parse_sweep(json.loads(sweep["Detail"])).connection == "redis-demo"


def test_every_sample_is_one_of_these() -> None:
    known = {*PROVISION_SAMPLES, *TEARDOWN_SAMPLES, *SWEEP_SAMPLES, "request", "request-reconcile", "request-teardown"}
    assert {path.stem for path in Path("events").glob("*.json")} == known


NOTICES = sorted(path.stem for path in Path("events/notices").glob("*.json") if path.stem != "pattern")


@pytest.mark.parametrize("name", NOTICES)
def test_samples_of_notices_are_events_with_a_detail_as_its_schema_says(name: str) -> None:
    event = sample(f"notices/{name}")
    schema_of(event["detail-type"]).validate(event["detail"])
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
    ]
    assert event["source"] == SOURCE
    assert (event["time"], event["resources"]) == (event["detail"]["at"], [event["detail"]["execution"]])


def test_every_kind_of_notice_has_a_sample_and_a_row() -> None:
    rows = re.findall(r"^\| `([\w ]+)` \|.*\(../events/notices/([\w-]+)\.json\) \|$", NOTICES_PAGE, re.MULTILINE)
    assert {kind: sample(f"notices/{name}")["detail-type"] for kind, name in rows} == {
        each.detail_type: each.detail_type for each in KINDS
    }
    assert sorted(name for _, name in rows) == NOTICES


def test_the_sample_of_a_rule_hears_all_but_what_somebody_asked_for() -> None:
    pattern = sample("notices/pattern")
    heard = {name for name in NOTICES if sample(f"notices/{name}")["detail-type"] in pattern["detail-type"]}
    assert (pattern["source"], set(NOTICES) - heard) == ([SOURCE], {"ready", "torn-down"})


def test_a_workspace_that_is_to_be_replaced_says_so() -> None:
    (entry,) = sample("request")
    workspaces = {sample(name)["workspaceId"] for name in PROVISION_SAMPLES} | {
        json.loads(entry["Detail"])["workspaceId"]
    }
    assert workspaces == {"replace-with-your-workspace-id"}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_json_in_a_page_is_a_file_that_can_be_copied(page: Path) -> None:
    files = [json.loads(path.read_text()) for path in Path("events").glob("*.json")]
    assert [block for block in blocks(page.read_text(), "jsonc?") if json.loads(block) not in files] == []


def test_every_setting_is_in_the_sample_of_all_with_its_default() -> None:
    smallest = {**sample("adopt"), "cluster": {"id": sample("all-settings")["cluster"]["id"], "create": {}}}
    smallest["connection"] = sample("all-settings")["connection"]
    completed = ProvisionRequest.model_validate_json(json.dumps(smallest)).model_dump(mode="json", by_alias=True)
    assert sample("all-settings") | {"repair": None} == completed  # which is for reconcile to send


def test_every_field_is_described_with_its_default() -> None:
    required = ("connection", "workspaceId", "cluster.id")
    defaults = {
        path: "" if path in required else f"`{json.dumps(value)}`"
        for path, value in paths(sample("all-settings")).items()
    }
    assert described("Provision") == {**defaults, "cluster.create": "`null`", "repair": "`null`"}


def test_every_field_of_teardown_is_described_with_its_default() -> None:
    completed = TeardownRequest(connection="orders").model_dump(mode="json", by_alias=True)
    defaults = {path: f"`{json.dumps(value)}`" for path, value in completed.items() if path != "connection"}
    assert described("Teardown") == {"connection": "", **defaults}


# ------------------------------------------------------------------ commands


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_inputs_on_the_command_line_are_inputs(page: Path) -> None:
    inputs = re.findall(r"--input '(.*?)'", page.read_text())
    assert all(read_teardown(Document(json.loads(each))) for each in inputs)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_are_what_a_shell_understands(page: Path) -> None:
    for block in (each for each in blocks(page.read_text(), "") if COMMAND.match(each)):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block


QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
READ_BY_ZSH = re.compile(r"(?:^|\s)[#=]\S*|[?*\[\]<!^]", re.MULTILINE)
"""What zsh, the shell of macOS, takes for a pattern, a command's path, a redirection or an event, and for an argument
where it begins with `#`: a comment at a terminal, whose apostrophe then opens a string (zsh manual, options
INTERACTIVE_COMMENTS, EQUALS, NOMATCH).
"""


def read_otherwise(commands: Iterable[str]) -> dict[str, list[str]]:
    """Of commands that an interactive zsh would not read as they are meant: what it would stumble on."""
    bare = {each: QUOTED.sub("''", each) for each in commands}
    found = {each: READ_BY_ZSH.findall(text) for each, text in bare.items()}
    return {each: those for each, those in found.items() if those}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=str)
def test_commands_can_be_pasted_into_zsh(page: Path) -> None:
    assert read_otherwise(told.commands(page.read_text())) == {}


@pytest.mark.parametrize(
    "command",
    [
        "make test     # every test",
        "CONNECTION=orders # the connection's name",
        "aws ec2 describe-vpcs  #",
        "aws ec2 describe-vpcs --query Vpcs[0]",
        "cp events/*.json .",
        "aws lambda invoke out.json?",
        "aws elasticache describe-events --source-identifier <node>",
        "echo =aws",
    ],
)
def test_what_zsh_reads_otherwise_is_seen(command: str) -> None:
    (found,) = read_otherwise(told.commands(f"```\nexport A=b\n{command}\n```\n"))
    assert found == command


def test_there_are_commands_to_check() -> None:
    assert len([block for block in blocks(README, "") if COMMAND.match(block)]) >= 6


def test_named_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))
    named = {each for page in PAGES for each in re.findall(r"`make ([a-z-]+)", page.read_text())}
    assert named - targets == set()


def test_named_parameters_and_outputs_exist() -> None:
    template = read_template()
    known = {*template.parameters, *template.source["Outputs"]}
    camel = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", README))
    assert camel - known == set()


def test_what_the_deployment_makes_is_counted() -> None:
    template = read_template()
    (functions, machines), *_ = re.findall(r"some (\d+) functions and (\d+) state machines", README)
    assert int(functions) == round(len(template.of_type("AWS::Serverless::Function")), -1)
    assert int(machines) == len(template.of_type("AWS::Serverless::StateMachine"))


def test_sums_are_right() -> None:
    for number, first, second, total in re.findall(r"(\d+) × \(\$([\d.]+) \+ \$([\d.]+)\) = \$([\d.]+)", README):
        assert round(int(number) * (float(first) + float(second)), 2) == float(total)
    (metrics, least, most), *_ = re.findall(
        r"alarms at \$0.10, .*?(\w+) metrics at \$0.30.*?\| \$([\d.]+) to \$([\d.]+)", README
    )
    resources = read_template().source["Resources"].values()
    alarms = [each for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    always = [each for each in alarms if "Condition" not in each]
    assert re.findall(r"(\d+) to (\d+) alarms", README) == [(str(len(always)), str(len(alarms)))] * 2
    number = len(set(re.findall(r'"([A-Z]\w+)": \(?counts\.', inspect.getsource(sweeps))))
    assert metrics == ("one", "two", "three", "four", "five", "six", "seven")[number - 1]
    assert float(least) == pytest.approx(len(always) * 0.10)
    assert float(most) == pytest.approx(len(alarms) * 0.10 + number * 0.30)
    for hourly, monthly in re.findall(r"\$([\d.]+) an hour \| \$([\d.]+)", README):
        assert float(monthly) == pytest.approx(float(hourly) * 730, abs=0.01)


# ------------------------------------------------------------------ links


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_what_a_clone_has(page: Path) -> None:
    files = tracked()
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text())
    targets = [(page.parent / link if link else page, anchor) for link, anchor in links]
    relative = [(target.resolve().relative_to(Path.cwd()), anchor) for target, anchor in targets]
    assert [str(target) for target, _ in relative if str(target) not in files] == []
    assert [(str(target), anchor) for target, anchor in relative if anchor and anchor not in anchors(target)] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"(?:file://|`)((?:events|docs|tests|tools|sandbox)/[\w./-]+)", page.read_text())
    assert [each for each in named if each.rstrip("/") not in tracked()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_references_are_defined_and_used(page: Path) -> None:
    text = page.read_text()
    used, defined = (
        set(re.findall(r"\]\[([\w-]+)\]", text)),
        set(re.findall(r"^\[([\w-]+)\]: https://", text, re.MULTILINE)),
    )
    assert used == defined


def test_readme_names_nothing_that_only_a_run_writes() -> None:
    assert "build/" not in README


def test_the_index_of_decisions_has_each_with_its_title() -> None:
    listed = re.findall(r"^- \[(\d{4})\]\(([\w-]+\.md)\) (.+)$", Path("docs/decisions/README.md").read_text(), re.M)
    files = sorted(Path("docs/decisions").glob("0*.md"))
    assert [(file, title) for _, file, title in listed] == [
        (path.name, path.read_text().splitlines()[0].split(" ", 2)[2]) for path in files
    ]
    assert all(file.startswith(number) for number, file, _ in listed)


SAID = {
    "succeeds": ["", "RUNNING", "RUNNING", "SUCCEEDED", '{"connection": "orders"}'],
    "fails": ["", "RUNNING", "FAILED", "ConnectionBusy"],
    "is stopped": ["RUNNING", "ABORTED"],
    "runs out of time": ["RUNNING", "TIMED_OUT"],
}
"""What the command of README's loop says, one time after another: nothing of a run that is not shown yet."""


@pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
def test_the_loop_waits_until_what_came_of_the_run_is_shown(said: list[str], tmp_path: Path) -> None:
    """DescribeExecution is eventually consistent (API reference; aws/aws-sdk-js issue 2462)."""
    (loop,) = re.findall("^until run .*$", README, re.MULTILINE)
    left = tmp_path / "left"
    left.write_text("".join(f"{each}\n" for each in (*said, "not to be asked")))
    asking = f'run() {{ line=$(head -1 {left}); sed -i.old 1d {left}; [ -z "$line" ] || echo "$line"; }}'
    subprocess.run(["bash", "-c", f"sleep() {{ :; }}; {asking}; {loop}"], check=True, timeout=60)
    assert left.read_text() == "not to be asked\n"
