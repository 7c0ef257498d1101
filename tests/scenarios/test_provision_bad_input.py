"""Input that is wrong: refused at once, with the field, what is wrong and what to do; nothing is changed."""

import functools
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from sandbox.world import World
from tests.deployments import EXTENDING
from tests.scenarios.disturbances import held
from tests.scenarios.playing import QUICK, mutating

OURS: Final = "private-connection orders created by provision-7"
LEFT: Final = "private-connection-left"
"""A subnet group of ours without a cluster, which a run that becomes READY withdraws."""
OUR_TAGS: Final = {"private-connection": "orders", "private-connection/created-by": "provision-7"}
STANDALONE: Final = {"mode": "standalone", "securityGroups": ["sg-cache"]}
OUR_CLUSTER: Final = {
    "engine": "redis",
    "description": OURS,
    "tags": OUR_TAGS,
    "securityGroups": ["sg-cache"],
    "tls": True,
    "atRest": True,
    "subnetGroup": "private-connection-ours",
}
WORLD: Final = World.model_validate(
    {
        "latency": QUICK,
        "vpcs": [
            {
                "id": "vpc-1",
                "default": True,
                "subnets": [
                    {"id": "subnet-a", "cidr": "172.31.0.0/20", "zone": "us-east-1a"},
                    {"id": "subnet-b", "cidr": "172.31.16.0/20", "zone": "us-east-1b"},
                ],
            },
            {
                "id": "vpc-2",
                "cidr": "10.0.0.0/16",
                "subnets": [{"id": "subnet-other", "cidr": "10.0.0.0/24", "zone": "us-east-1a"}],
            },
        ],
        "securityGroups": [
            {"id": "sg-cache", "vpc": "vpc-1", "name": "private-connection-ours"},
            {"id": "sg-else", "vpc": "vpc-1"},
            {"id": "sg-other", "vpc": "vpc-2"},
        ],
        "subnetGroups": [
            {"name": "private-connection-ours", "subnets": ["subnet-a", "subnet-b"]},
            {"name": LEFT, "subnets": ["subnet-a"], "tags": OUR_TAGS},
            {"name": "private-connection-taken", "subnets": ["subnet-a"]},
            {"name": "caches", "subnets": ["subnet-a"]},
        ],
        "clusters": [
            {"id": "somebodys"},
            {"id": "alone", **STANDALONE},
            {"id": "memcached", "engine": "memcached", **STANDALONE},
            {"id": "serverless", "mode": "serverless"},
            {"id": "broken", "status": "create-failed"},
            {"id": "going", "status": "deleting"},
            {"id": "ours", **OUR_CLUSTER},
            {"id": "ours-broken", **OUR_CLUSTER, "status": "create-failed"},
            {"id": "ours-going", **OUR_CLUSTER, "status": "deleting"},
        ],
        "roles": [
            {"name": "team", "trusts": {"externalId": "ws-1"}},
            {"name": "no-external-id", "trusts": {}},
            {"name": "other-workspace", "trusts": {"externalId": "ws-9"}},
            {"name": "other-account", "trusts": {"account": "111122223333", "externalId": "ws-1"}},
            {"name": "private-connection-ws-3-1c053616", "trusts": {"account": "111122223333"}},
            {"name": "one-of-two", "trusts": {"externalId": "ws-2"}},
            {"name": "two-of-two", "trusts": {"externalId": "ws-2"}},
        ],
    }
)
BOUNDARY: Final = "arn:aws:iam::123456789012:policy/none"
VALID: Final = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders", "create": {}}}


def request(**changed: Any) -> dict[str, Any]:
    """The valid request with some of its keys changed; None takes one out."""
    return {key: value for key, value in (VALID | changed).items() if value is not None}


def cluster(id: str = "orders", **create: Any) -> dict[str, Any]:
    return request(cluster={"id": id, "create": create})


def adopted(id: str) -> dict[str, Any]:
    return request(cluster={"id": id})


def role(**changed: Any) -> dict[str, Any]:
    return request(role=changed)


def in_mode(mode: str, **create: Any) -> dict[str, Any]:
    return cluster(clusterMode=mode, **create)


Row = tuple[str, object, str]
SECURITY_GROUPS: Final = "cluster.create.securityGroupIds"
SHAPE: Final[list[Row]] = [
    ("not an object", ["connection"], "(the input)"),
    ("null", None, "(the input)"),
    ("a string", "orders", "(the input)"),
    ("empty", {}, "connection"),
    ("unknown key", request(conection="orders"), "conection"),
    ("unknown key inside", cluster(replicas=1), "cluster.create.replicas"),
    ("no connection", request(connection=None), "connection"),
    ("no workspace", request(workspaceId=None), "workspaceId"),
    ("no cluster", request(cluster=None), "cluster"),
    ("no cluster id", request(cluster={}), "cluster.id"),
    ("connection not a string", request(connection=5), "connection"),
    ("cluster not an object", request(cluster="orders"), "cluster"),
    ("create not an object", request(cluster={"id": "orders", "create": True}), "cluster.create"),
    ("workspace as a URL", request(workspaceId="https://app.ververica.cloud/workspace/abc"), "workspaceId"),
    ("workspace as an ARN", request(workspaceId="arn:aws:iam::794031221915:root"), "workspaceId"),
    ("snake case", request(on_failure="keep"), "on_failure"),
    ("version as a number", cluster(engineVersion=7.1), "cluster.create.engineVersion"),
    ("an endpoint's name", adopted("orders.abc123.ng.0001.use1.cache.amazonaws.com"), "cluster.id"),
    ("external id with a space", request(workspaceId="my workspace"), "workspaceId"),
    ("external id of one character", request(workspaceId="w"), "workspaceId"),
    ("external id of 1,225 characters", request(workspaceId="w" * 1225), "workspaceId"),
    ("external id with a line end", request(workspaceId="ws-1\n"), "workspaceId"),
    ("connection with illegal characters", request(connection="Orders_1"), "connection"),
    ("connection that starts with a digit", request(connection="1orders"), "connection"),
    ("connection with two hyphens", request(connection="or--ders"), "connection"),
    ("connection that ends in a hyphen", request(connection="orders-"), "connection"),
    ("connection of 33 characters", request(connection="o" * 33), "connection"),
    ("empty connection", request(connection=""), "connection"),
    ("cluster id of 41 characters", cluster("o" * 41), "cluster.id"),
    ("cluster id that starts with a digit", cluster("1orders"), "cluster.id"),
    ("cluster id with two hyphens", cluster("or--ders"), "cluster.id"),
    ("cluster id that ends in a hyphen", cluster("orders-"), "cluster.id"),
    ("adopted cluster id of 51 characters", adopted("o" * 51), "cluster.id"),
    ("zero shards", in_mode("enabled", shards=0), "cluster.create.shards"),
    ("shards as text", in_mode("enabled", shards="2"), "cluster.create.shards"),
    ("half a shard", in_mode("enabled", shards=1.5), "cluster.create.shards"),
    ("501 nodes", in_mode("enabled", shards=167, replicasPerShard=2), "cluster.create.shards"),
    ("two shards without cluster mode", in_mode("disabled", shards=2), "cluster.create.shards"),
    ("6 replicas", cluster(replicasPerShard=6), "cluster.create.replicasPerShard"),
    ("-1 replicas", cluster(replicasPerShard=-1), "cluster.create.replicasPerShard"),
    ("no such cluster mode", in_mode("compatible"), "cluster.create.clusterMode"),
    ("memcached", cluster(engine="memcached"), "cluster.create.engine"),
    ("a node type that is none", cluster(nodeType="cache.huge"), "cluster.create.nodeType"),
    ("an instance type", cluster(nodeType="t4g.micro"), "cluster.create.nodeType"),
    ("port 0", cluster(port=0), "cluster.create.port"),
    ("port 65,536", cluster(port=65536), "cluster.create.port"),
    ("subnets and a subnet group", cluster(subnetIds=["subnet-a"], subnetGroup="caches"), "cluster.create.subnetGroup"),
    ("encryption as text", cluster(transitEncryption="yes"), "cluster.create.transitEncryption"),
    ("no such ingress", request(ingress="everywhere"), "ingress"),
    ("no such zones", request(zones="every"), "zones"),
    ("no such access policy", request(accessPolicy="full"), "accessPolicy"),
    ("no such way to fail", request(onFailure="retry"), "onFailure"),
    ("role name with a space", role(name="my role"), "role.name"),
    (
        "boundary that is no policy",
        role(permissionsBoundary="arn:aws:iam::123456789012:role/x"),
        "role.permissionsBoundary",
    ),
    ("boundary of a role that exists", role(name="team", permissionsBoundary=BOUNDARY), "role.permissionsBoundary"),
]
ACCOUNT_HOLDS: Final[list[Row]] = [
    ("subnet that does not exist", cluster(subnetIds=["subnet-a", "subnet-none"]), "cluster.create.subnetIds"),
    ("subnets of two VPCs", cluster(subnetIds=["subnet-a", "subnet-other"]), "cluster.create.subnetIds"),
    ("subnet group that does not exist", cluster(subnetGroup="none"), "cluster.create.subnetGroup"),
    (
        "security group of another VPC",
        cluster(subnetIds=["subnet-a"], securityGroupIds=["sg-other"]),
        "cluster.create.securityGroupIds",
    ),
    ("security group that does not exist", cluster(securityGroupIds=["sg-none"]), "cluster.create.securityGroupIds"),
    ("version that does not exist", cluster(engineVersion="9.9"), "cluster.create.engineVersion"),
    ("cluster that does not exist, and no create", adopted("nowhere"), "cluster.id"),
    ("a node of a cluster", adopted("somebodys-001"), "cluster.id"),
    ("our cluster, other engine", cluster("ours", engine="valkey"), "cluster.create.engine"),
    ("our cluster, other mode", cluster("ours", clusterMode="enabled"), "cluster.create.clusterMode"),
    ("our cluster, other port", cluster("ours", port=6380), "cluster.create.port"),
    ("our cluster, not encrypted", cluster("ours", transitEncryption=False), "cluster.create.transitEncryption"),
    ("our cluster, not encrypted at rest", cluster("ours", atRestEncryption=False), "cluster.create.atRestEncryption"),
    ("our cluster, other node type", cluster("ours", nodeType="cache.r7g.large"), "cluster.create.nodeType"),
    ("our cluster, more replicas", cluster("ours", replicasPerShard=2), "cluster.create.replicasPerShard"),
    ("our cluster, other version", cluster("ours", engineVersion="6.2"), "cluster.create.engineVersion"),
    ("our cluster, other security group", cluster("ours", securityGroupIds=["sg-else"]), SECURITY_GROUPS),
    ("our cluster, other subnets", cluster("ours", subnetIds=["subnet-a"]), "cluster.create.subnetIds"),
    ("our subnet group, other subnets", cluster("left", subnetIds=["subnet-b"]), "cluster.create.subnetIds"),
    ("our subnet group, no subnets named", cluster("left"), "cluster.create.subnetIds"),
    ("our cluster, other subnet group", cluster("ours", subnetGroup="caches"), "cluster.create.subnetGroup"),
    ("role that does not exist", role(name="none"), "role.name"),
    ("role without the external id", role(name="no-external-id"), "role.name"),
    ("role of another workspace", role(name="other-workspace"), "role.name"),
    ("role of another account", role(name="other-account"), "role.name"),
    ("two roles that trust the workspace", request(workspaceId="ws-2"), "role.name"),
    ("boundary that does not exist", role(permissionsBoundary=BOUNDARY), "role.permissionsBoundary"),
]
UNUSABLE: Final[list[Row]] = [
    ("memcached cluster", adopted("memcached"), "cluster.id"),
    ("serverless cache", adopted("serverless"), "cluster.id"),
    ("cluster whose creation failed", adopted("broken"), "cluster.id"),
    ("cluster that is being deleted", adopted("going"), "cluster.id"),
    ("our cluster, whose creation failed", cluster("ours-broken"), "cluster.id"),
    ("our cluster, which is being deleted", cluster("ours-going"), "cluster.id"),
]
SOMEBODYS: Final[list[Row]] = [
    ("somebody's cluster", cluster("somebodys"), "cluster.id"),
    ("cluster of another connection", cluster("ours") | {"connection": "users"}, "cluster.id"),
    ("somebody's role with our name", request(workspaceId="ws-3"), "role.name"),
    ("somebody's subnet group with our name", cluster("taken"), "cluster.create.subnetGroup"),
    ("somebody's standalone cluster", cluster("alone"), "cluster.id"),
]
TABLE: Final = {
    "InvalidRequest": SHAPE + ACCOUNT_HOLDS,
    "ClusterUnusable": UNUSABLE,
    "NotOurs": SOMEBODYS,
}
CASES: Final = [pytest.param(error, what, field, id=what) for error, rows in TABLE.items() for what, _, field in rows]
INPUTS: Final = [(what, input) for rows in TABLE.values() for what, input, _ in rows]
AT_ONCE: Final = 8
Seen = tuple[RunReport, dict[str, list[str]], list[str]]


@functools.cache
def crowded() -> Holder[Account]:
    return held(WORLD, EXTENDING)


def provision(account: Account, input: object) -> Seen:
    report = account.run("provision", input)
    return report, account.snapshot.owned(), account.snapshot.foreign_changes()


def provision_each(account: Account, inputs: dict[str, object]) -> dict[str, Seen]:
    return {what: provision(account, input) for what, input in inputs.items()}


def refusal(what: str) -> Seen:
    return _refusals([each for each, _ in INPUTS].index(what) // AT_ONCE)[what]


@functools.cache
def _refusals(part: int) -> dict[str, Seen]:
    """Several in one account, one after the other: none leaves anything for the next one to find."""
    return crowded().ask(provision_each, dict(INPUTS[part * AT_ONCE : (part + 1) * AT_ONCE]))


@pytest.mark.parametrize(("error", "what", "field"), CASES)
def test_bad_input_is_refused_with_field_and_remedy_before_anything_is_made(error: str, what: str, field: str) -> None:
    run, owned, foreign_changes = refusal(what)
    assert (run.status, run.error, run.output) == ("FAILED", error, None)
    problem = next(each for each in told(run) if each.startswith(f"{field}: "))
    assert all(part in problem for part in (": found ", "; expected ", "; remedy: ")), problem
    assert mutating(run) == {}
    assert (owned, foreign_changes) == ({}, [])
    (recover,) = run.started
    assert (recover.status, set(recover.api_calls) - {"dynamodb:GetItem"}) == ("SUCCEEDED", set()), "it has no claim"


def told(run: RunReport) -> list[str]:
    head, _, problems = str(run.cause).partition(": ")
    assert head == "validating request"
    return problems.split(" | ")


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = {"connection": "Orders", "workspaceId": "w", "cluster": {"id": "1", "create": {"port": 0}}, "extra": 1}
    run, _, _ = crowded().ask(provision, wrong)
    fields = {problem.partition(":")[0] for problem in told(run)}
    assert fields == {"connection", "workspaceId", "cluster.id", "cluster.create.port", "extra"}


def test_the_request_that_the_others_are_made_from_is_valid() -> None:
    run, owned, foreign_changes = crowded().ask(provision, VALID)
    assert (run.status, run.error, run.cause) == ("SUCCEEDED", None, None)
    assert owned
    assert [each for each in foreign_changes if LEFT not in each] == []


TAKEN: Final[dict[str, object]] = {
    "by default": cluster("ours"),
    "by every name": cluster(
        "OURS", engineVersion="7.1", subnetIds=["subnet-b", "subnet-a"], securityGroupIds=["sg-cache"]
    ),
    "by its subnet group": cluster("ours", subnetGroup="Private-Connection-Ours"),
}


@functools.cache
def taken() -> dict[str, Seen]:
    """The later runs find what the first has made, and judge the cluster as it does."""
    return crowded().ask(provision_each, TAKEN)


@pytest.mark.parametrize("asked", TAKEN)
def test_our_own_cluster_is_taken_as_it_is(asked: str) -> None:
    run, owned, foreign_changes = taken()[asked]
    assert (run.status, run.error, run.cause) == ("SUCCEEDED", None, None)
    assert "replicationGroup" not in owned
    assert [each for each in foreign_changes if LEFT not in each] == []
