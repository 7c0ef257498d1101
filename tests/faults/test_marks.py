"""One of our two marks proves nothing: what carries it alone is as it was, whatever ends or is torn down, and is named.

The account holds two things of each kind that somebody made for a reason of their own, with names that ours could have:
one without a maker, and one without a connection.
"""

import re
from typing import Any, Final

import boto3

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
UNMARKED: Final = re.compile(r"without a tag (\S+) it is not ours")
PLACE: Final = {"path": "/private-connection/", "trusts": {"externalId": "another-workspace"}}


def things(team: str, address: str, marks: dict[str, str], on_role: dict[str, str]) -> Json:
    """A world's keys: what a team has, each with one of our marks."""
    balancer, name = f"pc-{team}", f"private-connection-{team}"
    listener = {"port": 6379, "targetGroup": balancer, "tags": marks}
    rules = [
        {"cidr": "172.31.0.0/20", "port": 6379, "tags": marks},
        {"cidr": FOR_US, "port": 6379, "tags": marks | OURS_ON_RULE},
    ]
    return {
        "targetGroups": [{"name": balancer, "targets": [{"ip": address}], "tags": marks}],
        "loadBalancers": [{"name": balancer, "subnets": ["subnet-a"], "listeners": [listener], "tags": marks}],
        "endpointServices": [
            {
                "loadBalancer": balancer,
                "principals": ["arn:aws:iam::794031221915:root"],
                "connections": [{"id": f"vpce-of-{team}"}],
                "tags": marks,
            }
        ],
        "securityGroups": [{"id": f"sg-{team}", "name": name, "rules": rules, "tags": marks}],
        "subnetGroups": [{"name": name, "subnets": ["subnet-a"], "tags": marks}],
        "clusters": [
            {
                "id": team,
                "description": "private-connection redis-demo",
                "securityGroups": [f"sg-{team}"],
                "subnetGroup": name,
                "tags": marks,
            }
        ],
        "roles": [{"name": name, **PLACE, "tags": on_role, "policies": {"reading": READING}}],
    }


NO_MAKER: Final = things("team", "172.31.0.201", NAME, OURS_ON_ROLE | {"private-connection/workspace": "workspace-1"})
NO_CONNECTION: Final = things("crew", "172.31.0.202", BY, OURS_ON_ROLE | BY)
NAMED: Final = {
    (kind, MAKER)
    for kind in (
        *("endpointService", "loadBalancer", "targetGroup", "securityGroupRule"),
        *("role", "replicationGroup", "cacheSubnetGroup", "securityGroup"),
    )
} | {("role", "private-connection/workspace"), ("securityGroupRule", CONNECTION)}
"""Those that carry the connection's name, in whichever tag: the kind, and the tag that is missing."""
WITH_SURPLUS: Final = any(drawn([True, False, False, False], "marks with a surplus", 4))
"""Whether a surplus is tried too: always by `make soak`, otherwise every fourth time."""


def unharmed(account: Account) -> bool:
    return (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


def not_ours(report: RunReport) -> set[tuple[str, str]]:
    """What a teardown kept because it lacks a mark: its kind, and the tag. All of it is somebody's."""
    found = [(each["kind"], UNMARKED.search(each["why"])) for each in report.output["kept"]]
    return {(kind, why[1]) for kind, why in found if why is not None}


def surplus_left(report: RunReport) -> list[str]:
    """The names that the finding of surplus has, each with its reason."""
    told = [each["message"] for each in report.output["findings"] if each["code"] == "SURPLUS_LEFT"]
    return re.findall(r"([^\s():]+)\)?: without a tag \S+ it is not ours", " ".join(told))


def rules_for_us() -> set[str]:
    """The ids of their rules that say they serve the connection: they let in who is not asked for any more."""
    rules: Any = boto3.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    theirs = ("sg-team", "sg-crew")
    return {
        each["SecurityGroupRuleId"] for each in rules if each["GroupId"] in theirs and each.get("CidrIpv4") == FOR_US
    }


def tear_down(account: Account, force: bool) -> None:
    report = account.run("teardown", removal("create", force=force))
    assert (report.status, report.cause, unharmed(account)) == ("SUCCEEDED", None, True)
    assert not_ours(report) == NAMED


def test_what_carries_one_of_our_marks_is_untouched_by_whatever_takes_away() -> None:
    both = {kind: NO_MAKER[kind] + NO_CONNECTION[kind] for kind in NO_MAKER}
    with opened(world("create", **both)) as account:
        failed = account.run("provision", CREATE, faults=[LATE])
        assert (failed.status, failed.error, unharmed(account)) == ("FAILED", "AwsRejected", True)
        assert ("pc-team" in str(failed.cause), "pc-crew" in str(failed.cause)) == (True, False)
        assert account.run("provision", CREATE).status == "SUCCEEDED"
        forked(tear_down, account, False)
        if WITH_SURPLUS:
            withdrawn = account.run("provision", {**CREATE, **ELSE})
            assert (withdrawn.status, account.snapshot.foreign_changes()) == ("SUCCEEDED", [])
            assert ["workspace-2" in each for each in account.snapshot.owned()["role"]] == [True]
            assert (sorted(surplus_left(withdrawn)), len(rules_for_us())) == (sorted(rules_for_us()), 2)
        tear_down(account, True)
        account.run("provision", CREATE, stop_at=StopAt(state="Compose hand-off", when="after"), name=DEAD)
        assert not unharmed(account)
        assert account.run("recover", death("create")).status == "SUCCEEDED"
        assert unharmed(account)
