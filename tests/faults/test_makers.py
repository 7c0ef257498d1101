"""What a run makes carries that run's mark, whatever the run's name, and goes by that mark alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from tests.faults.grounds import CREATE, ground, removal
from tests.faults.observation import LATE
from tests.makers import ODD_NAME, last_maker

TAG = "/private-connection/created-by"
MARKED = (
    *("replicationGroup", "cacheSubnetGroup", "securityGroup", "securityGroupRule", "role"),
    *("loadBalancer", "listener", "targetGroup", "endpointService"),
)


@dataclass(frozen=True)
class Marks:
    """A connection that a run with an odd name made, and what teardowns of certain makers took of it."""

    maker: str
    made: set[tuple[str, str]]
    """The value of the tag, and the kind of a resource that carries it."""
    description: str
    others: RunReport
    """Named as the first run is, or almost."""
    its_own: RunReport
    left: dict[str, list[str]]


def made_by(account: Account) -> Iterator[tuple[str, str]]:
    """The value of the tag and the kind of each resource that runs made and that carries it."""
    owned = account.snapshot.owned()
    for name, facts in inventory()["tag"].items():
        kind, _, rest = name.partition("/")
        if rest.removesuffix(TAG) in owned.get(kind, []) and name.endswith(TAG):
            yield str(facts["value"]), kind


def marks(account: Account) -> Marks:
    """Asked in a fork."""
    account.run("provision", CREATE, name=ODD_NAME)
    maker, made = last_maker(account), set(made_by(account))
    description = str(inventory()["replicationGroup"]["redis-demo"]["description"])
    others = account.run("teardown", removal("create", createdBy=[ODD_NAME, f"{maker[:-8]}00000000"]))
    its_own = account.run("teardown", removal("create", createdBy=["another", maker]))
    return Marks(maker, made, description, others, its_own, account.snapshot.owned())


def test_all_that_a_run_makes_carries_its_mark_and_goes_by_no_other() -> None:
    found = ground("blank", "create").ask(marks)
    assert found.made == {(found.maker, kind) for kind in MARKED}
    assert found.description == f"private-connection redis-demo created by {found.maker}"
    assert (found.others.status, found.others.output["removed"]["counts"]) == ("SUCCEEDED", {})
    assert f"made by run {found.maker}" in {each["why"] for each in found.others.output["kept"]}
    assert (found.its_own.status, found.its_own.output["clean"], found.left) == ("SUCCEEDED", True, {})


def rolled_back(account: Account) -> tuple[RunReport, dict[str, list[str]]]:
    """Asked in a fork."""
    return account.run("provision", CREATE, name=ODD_NAME, faults=[LATE]), account.snapshot.owned()


def test_a_run_whose_name_no_tag_would_take_removes_what_it_made() -> None:
    report, owned = ground("blank", "create").ask(rolled_back)
    assert (report.status, report.error, owned) == ("FAILED", "AwsRejected", {})
