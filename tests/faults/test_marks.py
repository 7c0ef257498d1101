"""One of our two marks proves nothing: what carries it alone is as it was, whatever ends or is torn down, and is named.

The account holds a thing of each kind that somebody made for a reason of their own, with names that ours could have.
"""

import re
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.runs import RunReport, StopAt
from sandbox.scenarios.forks import forked
from tests.draws import drawn
from tests.faults.grounds import CREATE, DEAD, READING, Json, death, opened, removal, world
from tests.faults.observation import LATE

CONNECTION, MAKER = "private-connection", "private-connection/created-by"
NAME: Final = {CONNECTION: "redis-demo"}
FOR_US: Final = "172.31.16.0/20"
BY: Final = {MAKER: "provision-1-12345678"}
OURS_ON_ROLE: Final = {"private-connection/for/us-east-1/redis-demo": "provision-1-12345678"}
OURS_ON_RULE: Final = {"private-connection/for/redis-demo": "provision-1-12345678"}
ELSE: Final = {"workspaceId": "workspace-2", "accessPolicy": "scoped", "ingress": "anywhere"}
"""What is asked for afterwards, so that the role, its policy and the rule of before are surplus."""
PLACE: Final = {"path": "/private-connection/", "trusts": {"externalId": "another-workspace"}}


def things(marks: dict[str, str], on_role: dict[str, str]) -> Json:
    """A world's keys: somebody's things, each with one of our marks."""
    target = {"name": "pc-team", "targets": [{"ip": "172.31.0.201"}], "tags": marks}
    listener = {"port": 6379, "targetGroup": "pc-team", "tags": marks}
    rules = [
        {"cidr": "172.31.0.0/20", "port": 6379, "tags": marks},
        {"cidr": FOR_US, "port": 6379, "tags": marks | OURS_ON_RULE},
    ]
    roles: Any = [{"name": "private-connection-team", **PLACE, "tags": on_role, "policies": {"reading": READING}}]
    return {
        "targetGroups": [target],
        "loadBalancers": [{"name": "pc-team", "subnets": ["subnet-a"], "listeners": [listener], "tags": marks}],
        "endpointServices": [
            {
                "loadBalancer": "pc-team",
                "principals": ["arn:aws:iam::794031221915:root"],
                "connections": [{"id": "vpce-0aaaaaaaaaaaaaaa1"}],
                "tags": marks,
            }
        ],
        "securityGroups": [{"id": "sg-team", "name": "private-connection-team", "rules": rules, "tags": marks}],
        "subnetGroups": [{"name": "private-connection-team", "subnets": ["subnet-a"], "tags": marks}],
        "clusters": [
            {
                "id": "team",
                "description": "private-connection redis-demo",
                "securityGroups": ["sg-team"],
                "subnetGroup": "private-connection-team",
                "tags": marks,
            }
        ],
        "roles": roles,
    }


WORLDS: Final = {
    "without a maker": things(NAME, OURS_ON_ROLE | {"private-connection/workspace": "workspace-1"}),
    "without a connection": things(BY, OURS_ON_ROLE | BY),
}
NAMED: Final = {
    "without a maker": {
        *("endpointService", "loadBalancer", "targetGroup", "securityGroupRule"),
        *("role", "replicationGroup", "cacheSubnetGroup", "securityGroup"),
    },
    "without a connection": {"role", "securityGroupRule"},
}
"""The kinds of those that carry the connection's name, in whichever tag."""
WITHDRAWN: Final = drawn([*WORLDS, *[""] * 6], "marks with a surplus", len(WORLDS) + 6)
"""Where a surplus is tried too: in each of them by `make soak`, otherwise in one of them, every fourth time."""


def unharmed(account: Account) -> bool:
    return (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


def not_ours(report: RunReport) -> set[str]:
    """The kinds of what a teardown kept because it lacks a mark; all of them are somebody's."""
    return {each["kind"] for each in report.output["kept"] if "it is not ours" in each["why"]}


def surplus_left(report: RunReport) -> list[str]:
    """The names that the finding of surplus has, each with its reason."""
    told = [each["message"] for each in report.output["findings"] if each["code"] == "SURPLUS_LEFT"]
    return re.findall(r"([^\s():]+)\)?: without a tag \S+ it is not ours", " ".join(told))


def rule_for_us() -> str:
    """The id of somebody's rule that says it serves the connection: it lets in who is not asked for any more."""
    rules: Any = boto3.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    (found,) = (
        each["SecurityGroupRuleId"] for each in rules if each["GroupId"] == "sg-team" and each.get("CidrIpv4") == FOR_US
    )
    return str(found)


def tear_down(account: Account, lacking: str, force: bool) -> None:
    report = account.run("teardown", removal("create", force=force))
    assert (report.status, report.cause, unharmed(account)) == ("SUCCEEDED", None, True)
    assert not_ours(report) == NAMED[lacking]


@pytest.mark.parametrize("lacking", WORLDS)
def test_what_carries_one_of_our_marks_is_untouched_by_whatever_takes_away(lacking: str) -> None:
    with opened(world("create", **WORLDS[lacking])) as account:
        failed = account.run("provision", CREATE, faults=[LATE])
        assert (failed.status, failed.error, unharmed(account)) == ("FAILED", "AwsRejected", True)
        assert ("pc-team" in (failed.cause or "")) == (lacking == "without a maker")
        assert account.run("provision", CREATE).status == "SUCCEEDED"
        forked(tear_down, account, lacking, False)
        if lacking in WITHDRAWN:
            withdrawn = account.run("provision", {**CREATE, **ELSE})
            assert (withdrawn.status, account.snapshot.foreign_changes()) == ("SUCCEEDED", [])
            assert ["workspace-2" in each for each in account.snapshot.owned()["role"]] == [True]
            assert surplus_left(withdrawn) == [rule_for_us()]
        tear_down(account, lacking, True)
        account.run("provision", CREATE, stop_at=StopAt(state="Compose hand-off", when="after"), name=DEAD)
        assert not unharmed(account)
        assert account.run("recover", death("create")).status == "SUCCEEDED"
        assert unharmed(account)
