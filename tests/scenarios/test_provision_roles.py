"""Which role Ververica gets: the workspace's own, one that may be extended, or one that has to do as it is."""

import functools
from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox.scenarios.scenario import parse
from tests.deployments import extending
from tests.scenarios.playing import SUCCEEDED, Played, carry, mutating, quickened, summary

Json = dict[str, Any]
REQUEST: Final[Json] = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders", "create": {}}}
ADOPT: Final[Json] = {**REQUEST, "cluster": {"id": "orders"}}
CLUSTER: Final[Json] = {"clusters": [{"id": "orders", "securityGroups": ["sg-cache"]}]}
PRINCIPAL: Final = "arn:aws:iam::794031221915:root"
LOOKING: Final = ["ec2:DescribeVpcEndpointServices"]
ACCEPTING: Final = [*LOOKING, "ec2:AcceptVpcEndpointConnections"]
BOUND: Final = "arn:aws:iam::123456789012:policy/bound"
OF_AWS: Final = "arn:aws:iam::aws:policy/"


def policy(*actions: str, effect: str = "Allow") -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]}


def vendors(actions: list[str] = ACCEPTING, **changes: Any) -> Json:
    """The role that the Terraform module of Ververica makes, in a world that has nothing else."""
    inline = {"elasticache": policy("elasticache:*"), "privateConnection": policy(*actions)}
    role = {"name": "VervericaCloudIAMRole", "trusts": {"externalId": "ws-1"}, "policies": inline}
    return {"roles": [role | changes]}


def trusting(*conditions: Json) -> Json:
    """A trust policy with a statement for each condition."""
    allowing = {"Effect": "Allow", "Principal": {"AWS": PRINCIPAL}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**allowing, "Condition": each} for each in conditions]}


def play(world: Json, *steps: Json, parameters: Mapping[str, str] | None = None) -> Played:
    return carry(quickened(parse({"world": world, "parameters": parameters or {}, "steps": list(steps)})))


def refused(played: Played) -> str:
    """The cause of a run that was refused before it changed anything."""
    (run,) = played.runs
    assert (run.status, run.error) == ("FAILED", "InvalidRequest")
    assert mutating(run) == {}
    return str(run.cause)


@functools.cache
def as_it_is() -> Played:
    """The default deployment may not write to the role. What AWS would answer to a try is a denial."""
    denied = [
        {"operation": f"iam:{operation}", "error": "AccessDenied", "times": 90, "optional": True}
        for operation in ("PutRolePolicy", "TagRole", "CreateRole", "UpdateAssumeRolePolicy")
    ]
    provision = {"run": "provision", "input": ADOPT, "faults": denied}
    teardown = {"run": "teardown", "input": {"connection": "orders"}}
    return play({**CLUSTER, **vendors()}, provision, {**provision, "input": "same"}, teardown)


def test_a_role_that_may_not_be_written_to_serves_as_it_is() -> None:
    first, again, _ = as_it_is().runs
    assert summary(first) == summary(again) == SUCCEEDED
    assert first.output["roleArn"] == "arn:aws:iam::123456789012:role/VervericaCloudIAMRole"
    assert [each["code"] for each in first.output["findings"]] == ["ROLE_LEFT_AS_IT_IS"]
    assert [call for call in mutating(first) if call.startswith("iam:")] == []
    assert mutating(again) == {}


def test_it_is_left_alone_by_teardown_too() -> None:
    played = as_it_is()
    assert summary(played.runs[2]) == SUCCEEDED
    assert (played.report.owned, played.report.foreign_changes) == ({}, [])


BOUNDED: Final = {"PermissionsBoundary": BOUND, **extending("VervericaCloudIAMRole")}
"""One deployment for two rows: each deployment loads the code of the functions anew."""
REFUSED: Final[list[tuple[str, Json, Mapping[str, str], str]]] = [
    ("it lacks one action", vendors(LOOKING), {}, "ec2:AcceptVpcEndpointConnections (no policy of it does)"),
    (
        "an attached policy denies it",
        {**vendors(attached=[BOUND]), "policies": [{"name": "bound", "document": policy(*ACCEPTING, effect="Deny")}]},
        {},
        "ec2:AcceptVpcEndpointConnections (bound denies it)",
    ),
    (
        "its boundary is too narrow",
        {**vendors(boundary=BOUND), "policies": [{"name": "bound", "document": policy("elasticache:*")}]},
        {},
        "ec2:AcceptVpcEndpointConnections (its permissions boundary does not)",
    ),
    (
        "it would be made within too narrow a boundary",
        {"policies": [{"name": "bound", "document": policy("elasticache:*", *LOOKING)}]},
        BOUNDED,
        "private-connection-ws-1-76944604, which with our policy too would not be allowed "
        "ec2:AcceptVpcEndpointConnections (its permissions boundary does not)",
    ),
    (
        "it is full",
        {
            **vendors(boundary=BOUND, policies={"large": policy(*(f"s3:{'x' * 99}{each:03}" for each in range(95)))}),
            "policies": [{"name": "bound", "document": policy("elasticache:*", *ACCEPTING)}],
        },
        BOUNDED,
        "characters with ours; expected at most 10,240",
    ),
    (
        "its trust asks for our organisation",
        vendors(trust=trusting({"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-corp"}})),
        {},
        "StringEquals aws:PrincipalOrgID",
    ),
]


@pytest.mark.parametrize(("world", "parameters", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_role_that_cannot_serve_is_refused_before_anything_is_made(
    world: Json, parameters: Mapping[str, str], told: str
) -> None:
    cause = refused(play(world, {"run": "provision", "input": REQUEST}, parameters=parameters))
    assert "found role " in cause
    assert told in cause


def test_what_is_needed_may_come_from_managed_policies_and_a_trust_may_use_a_pattern() -> None:
    world = {
        **CLUSTER,
        **vendors(
            name="ververica",
            policies={},
            attached=[BOUND, f"{OF_AWS}AmazonElastiCacheFullAccess"],
            trust=trusting({"StringLike": {"sts:ExternalId": "ws-*"}}),
        ),
        "policies": [
            {"name": "bound", "document": policy(*ACCEPTING)},
            {"name": "AmazonElastiCacheFullAccess", "ofAws": True, "document": policy("elasticache:*")},
        ],
    }
    (run,) = play(world, {"run": "provision", "input": {**ADOPT, "role": {"name": "ververica"}}}).runs
    assert summary(run) == SUCCEEDED
    assert run.output["roleArn"].endswith(":role/ververica")


def test_many_roles_that_ververica_may_assume_for_others_do_not_take_the_time_of_a_function() -> None:
    others = [{"name": f"team-{number}", "trusts": {"externalId": f"other-{number}"}} for number in range(110)]
    provision, teardown = play(
        {**CLUSTER, "roles": others},
        {"run": "provision", "input": ADOPT},
        {"run": "teardown", "input": {"connection": "orders"}},
    ).runs
    assert summary(provision) == summary(teardown) == SUCCEEDED
    assert provision.output["roleArn"] == (
        "arn:aws:iam::123456789012:role/private-connection/private-connection-ws-1-76944604"
    )
