"""The samples of events/, one after the other in one account, as somebody would try them."""

import json
from pathlib import Path
from typing import Any, Final

from sandbox.world import World
from tests.scenarios.playing import QUICK, SUCCEEDED, Watched, summary

WORLD: Final = {
    "clusters": [{"id": "orders", "securityGroups": ["sg-cache"]}],
    "roles": [{"name": "ververica", "trusts": {"externalId": "replace-with-your-workspace-id"}}],
    "latency": QUICK,
}
EXTENDABLE: Final = {"ExtendableRoleArns": "arn:aws:iam::123456789012:role/ververica"}
STORY: Final = (
    *(("provision", "plan"), ("provision", "adopt"), ("provision", "adopt-scoped"), ("provision", "adopt-tagged")),
    *(("teardown", "teardown-connection"), ("provision", "adopt-all-zones"), ("provision", "adopt-existing-role")),
    *(("reconcile", "reconcile-one"), ("teardown", "teardown-force"), ("provision", "create")),
    *(("provision", "create-cluster-mode"), ("reconcile", "reconcile"), ("teardown", "teardown")),
)


def sample(name: str) -> Any:
    return json.loads(Path(f"events/{name}.json").read_text())


def test_each_sample_does_what_it_is_for() -> None:
    with Watched(World.model_validate(WORLD), 1, EXTENDABLE) as account:
        outputs = dict[str, Any]()
        for machine, name in STORY:
            report = account.run(machine, sample(name))
            assert summary(report) == SUCCEEDED, name
            outputs[name] = report.output
    assert [name for name in outputs if name != "plan" and outputs[name].get("status") == "READY"] == [
        *("adopt", "adopt-scoped", "adopt-tagged", "adopt-all-zones", "adopt-existing-role"),
        *("create", "create-cluster-mode"),
    ]
    assert outputs["adopt-existing-role"]["roleArn"] == EXTENDABLE["ExtendableRoleArns"]
    assert len(outputs["create-cluster-mode"]["endpoints"]) == 4
    assert outputs["teardown"]["clean"]
    assert account.problems == []


def test_every_sample_that_is_an_input_is_in_the_story() -> None:
    events = {path.stem for path in Path("events").glob("request*.json")}
    assert {path.stem for path in Path("events").glob("*.json")} - events == {name for _, name in STORY} | {
        "all-settings"
    }
