"""What somebody deletes between two looks of a teardown, a rollback or a withdrawal counts as gone, of every kind.

Most of our grants ask for our tags, and what is gone has none: so AWS denies a call on it before it says that it is not
there. The moments are drawn; `make soak` tries all of the states, each kind, and each moment.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from itertools import pairwise, product
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import apply_event
from tests.draws import drawn
from tests.faults.drifts import CONNECTION, ENDPOINT, FIRST, GREEN, drifted, service
from tests.faults.grounds import REQUESTS, Json, ground, removal
from tests.faults.observation import LATE, ROLL_BACK
from tests.faults.sweeping import registered

Deletion = Callable[[str], object]
"""Of one thing, by its name; AWS may refuse it."""


def _arn(kind: str, name: str) -> str:
    return str(inventory()[kind][name]["arn"])


def _unruly(name: str) -> object:
    group = str(inventory()["securityGroupRule"][name]["group"])
    return boto3.client("ec2").revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[name])


def _unwritten(name: str) -> object:
    role, _, policy = name.partition("/")
    return boto3.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)


DELETIONS: Final[Mapping[str, Deletion]] = {
    "endpointService": lambda name: boto3.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=[name]),
    "loadBalancer": lambda name: boto3.client("elbv2").delete_load_balancer(LoadBalancerArn=_arn("loadBalancer", name)),
    "targetGroup": lambda name: boto3.client("elbv2").delete_target_group(TargetGroupArn=_arn("targetGroup", name)),
    "securityGroupRule": _unruly,
    "rolePolicy": _unwritten,
    "role": lambda name: boto3.client("iam").delete_role(RoleName=name),
    "replicationGroup": lambda name: boto3.client("elasticache").delete_replication_group(ReplicationGroupId=name),
    "cacheSubnetGroup": lambda name: boto3.client("elasticache").delete_cache_subnet_group(CacheSubnetGroupName=name),
    "securityGroup": lambda name: boto3.client("ec2").delete_security_group(GroupId=name),
}
"""In an order in which AWS takes them."""
BEFORE: Final = {"loadBalancer": 1, "targetGroup": 2, "role": 1}
"""How many of the kinds before one have to go first."""


def delete(account: Account, kind: str) -> None:
    """Somebody deletes whatever we have of a kind, and what holds it, as far as AWS lets them."""
    kinds, owned = list(DELETIONS), account.snapshot.owned()
    at = kinds.index(kind)
    for each in kinds[at - BEFORE.get(kind, 0) : at + 1]:
        for name in owned.get(each, ()):
            with suppress(ClientError, KeyError):  # refused, or gone already
                DELETIONS[each](name)


def at_the_first(state: str, happens: Callable[[], object]) -> Callable[[Moment], None]:
    """A listener that lets something happen when a state is entered for the first time."""
    met = list[Moment]()

    def entered(moment: Moment) -> None:
        if (moment.kind, moment.state) == ("entered", state):
            met.append(moment)
            if len(met) == 1:
                happens()

    return entered


# ------------------------------------------------------------------ a service, in the states that ask after it

ASKING: Final = (
    *("Check connections", "Check offer", "Withdraw offer", "Check again", "Remove what is ours"),
    *("Stop offering", "Reject connections", "Delete endpoint service"),
)


def service_gone(account: Account, state: str, force: bool) -> tuple[RunReport, Json]:
    """Asked in a fork."""
    listener = at_the_first(state, lambda: delete(account, "endpointService"))
    report = account.run("teardown", removal("create", force=force), listeners=[listener])
    return report, account.snapshot.owned()


@pytest.mark.parametrize(("state", "force"), drawn([*product(ASKING, (False, True))], "gone as it is asked for", 8))
def test_a_teardown_ends_as_if_the_service_had_been_gone(state: str, force: bool) -> None:
    report, left = ground("provisioned", "create").ask(service_gone, state, force)
    assert (report.status, report.cause, left) == ("SUCCEEDED", None, {})


def in_use_and_gone(account: Account) -> tuple[RunReport, Json, Json, str]:
    """Asked in a fork: somebody comes to the second node's service, and the first node's one is deleted before it is
    offered again.
    """
    gone = service("orders-001")

    def comes() -> None:
        with account.snapshot.expecting():
            for name in ("connect", "accept"):
                asked = {"service": service("orders-002"), "endpoint": ENDPOINT}
                apply_event(name, asked, account.conditions)

    coming = at_the_first("Check offer", comes)
    going = at_the_first("Offer to all again", lambda: DELETIONS["endpointService"](gone))
    report = account.run("teardown", {"connection": CONNECTION}, listeners=[coming, going])
    return report, registered()[CONNECTION], account.snapshot.owned(), service("orders-002")


def test_what_is_gone_is_none_that_could_not_be_offered_again() -> None:
    report, item, left, other = drifted(FIRST).ask(in_use_and_gone)
    assert (report.status, report.error) == ("FAILED", "ConnectionInUse")
    assert "not authorized" not in str(report.cause)
    assert item["status"] == "READY"
    assert [each.partition("/")[0] for each in left["allowedPrincipal"]] == [other]


# ------------------------------------------------------------------ a withdrawal

WITHDRAWING: Final = ("Find what is ours", "Remove what is ours", "Withdraw principals", "End offer")
ADMITTING: Final = ("Withdraw principals",)
"""The states of a run that shuts a stranger out, and has nothing else to withdraw."""


def withdrawn(account: Account, state: str) -> RunReport:
    """Asked in a fork: the next request is for another cluster, and a stranger is admitted to the first one."""
    node = "orders-001"
    if state in ADMITTING:
        asked = FIRST
        boto3.client("ec2").modify_vpc_endpoint_service_permissions(
            ServiceId=service(node), AddAllowedPrincipals=["arn:aws:iam::210987654321:root"]
        )
    else:
        asked = {**FIRST, **GREEN}
    gone = service(node)
    listener = at_the_first(state, lambda: DELETIONS["endpointService"](gone))
    return account.run("provision", asked, listeners=[listener])


@pytest.mark.parametrize("state", drawn(WITHDRAWING, "gone in a withdrawal", 2))
def test_a_withdrawal_ends_as_if_the_service_had_been_gone(state: str) -> None:
    report = drifted(FIRST).ask(withdrawn, state)
    assert (report.status, report.cause) == ("SUCCEEDED", None)
    assert {each["code"] for each in report.output["findings"]}.isdisjoint({"SURPLUS_LEFT", "SURPLUS_LATER"})


# ------------------------------------------------------------------ any kind, at any moment

HOWS: Final = ("unforced", "forced", "rollback")
"""One of these is tried with every change."""


def _run(account: Account, how: str, listeners: Any = ()) -> RunReport:
    if how == "rollback":
        return account.run("provision", REQUESTS["create"], faults=[LATE], listeners=listeners)
    return account.run("teardown", removal("create", force=how == "forced"), listeners=listeners)


def _ground(how: str) -> Any:
    return ground("blank" if how == "rollback" else "provisioned", "create")


def heard(account: Account, how: str) -> tuple[float, list[float]]:
    """Asked in a fork: when a run begins to remove, in seconds since it began, and when it calls something then."""
    began, removing, calls = account.clock.now(), list[float](), list[float]()

    def rolls_back() -> None:
        removing.append(account.clock.now() - began)

    account.gateway.listeners.append(lambda call: calls.append(call.at - began))
    _run(account, how, [at_the_first(ROLL_BACK, rolls_back)])
    return (removing or [0.0])[0], calls


@cache
def moments(how: str) -> list[float]:
    """The middles between the calls of what removes."""
    start, calls = _ground(how).ask(heard, how)
    return [round((earlier + later) / 2, 4) for earlier, later in pairwise(sorted({*calls, start})) if earlier >= start]


def gone(account: Account, how: str, kind: str, gap: float) -> list[str]:
    """Asked in a fork: what is wrong at the end."""

    def happens() -> None:
        account.clock.sleep(gap)
        delete(account, kind)

    account.clock.start(happens)
    report = _run(account, how)
    right = ("FAILED", "AwsRejected") if how == "rollback" else ("SUCCEEDED", None)
    wrong = [] if (report.status, report.error) == right else [f"{report.status} {report.error}: {report.cause}"]
    return [*wrong, *(f"{each} is left" for each in account.snapshot.owned())]


def test_whatever_is_deleted_meanwhile_is_as_if_it_had_been_gone() -> None:
    every = [(how, kind, gap) for how in drawn(HOWS, "how it goes", 3) for kind in DELETIONS for gap in moments(how)]
    chosen = drawn(every, "gone meanwhile", 280, [lambda each: each[:2], lambda each: each[::2]])
    assert {each: wrong for each in chosen if (wrong := _ground(each[0]).ask(gone, *each))} == {}
