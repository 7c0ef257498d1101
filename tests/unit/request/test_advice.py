"""What somebody meant who gave another name of the right thing."""

import pytest

from private_connection.request.advice import about_key, advice, right_key, workspace_in
from private_connection.request.models import ProvisionRequest

REGION = "use1.cache.amazonaws.com"
ENDPOINTS = {
    f"orders-001.abc123.0001.{REGION}": "a node",
    f"orders-0002-001.abc123.0001.{REGION}": "a node of a shard",
    f"orders-001.orders.abc123.{REGION}": "a node, encrypted",
    f"orders-0002-001.orders.abc123.{REGION}:6379": "a node of a shard, encrypted, with its port",
    f"orders.abc123.0001.{REGION}": "the node of a standalone cluster",
    f"orders.abc123.ng.0001.{REGION}": "the primary",
    f"orders-ro.abc123.ng.0001.{REGION}": "the reader",
    f"rediss://master.orders.abc123.{REGION}:6379": "the primary, encrypted, as a URL",
    f"replica.orders.abc123.{REGION}": "the reader, encrypted",
    f"orders.abc123.clustercfg.{REGION}": "the configuration",
    f"clustercfg.orders.abc123.{REGION}": "the configuration, encrypted",
    "clustercfg.orders.abc123.cnn1.cache.amazonaws.com.cn": "the configuration, in China",
}
ARN = "arn:aws:elasticache:us-east-1:123456789012"


@pytest.mark.parametrize("name", ENDPOINTS, ids=ENDPOINTS.values())
def test_an_endpoint_names_its_cluster(name: str) -> None:
    told = advice("cluster.id", name)
    assert told == "give the cluster's id, not a name of its endpoints: orders"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("cluster.id", f"{ARN}:replicationgroup:orders", "give the id alone: orders"),
        ("cluster.id", f"{ARN}:cluster:orders-001", "give the id alone: orders-001"),
        ("cluster.id", "or--ders", None),
        ("cluster.id", "orders.example.com", None),
        ("cluster.id", 5, 'write it as a string: "5"'),
        ("cluster.create.engineVersion", 7.1, 'write it as a string: "7.1"'),
        ("cluster.create.engineVersion", 7, 'write it as a string with a minor version: "7.0", for instance'),
        ("cluster.create.engineVersion", "7.x", 'write it with a minor version: "7.0", for instance'),
        ("cluster.create.engineVersion", "7.1.0", 'write "7.1"'),
        ("cluster.create.engineVersion", "6.2.x", 'write "6.2"'),
        ("cluster.create.engineVersion", "5.0", 'write it with its patch release: "5.0.6", for instance'),
        ("cluster.create.engineVersion", 5.0, 'write it as a string with its patch release: "5.0.6", for instance'),
        ("cluster.create.engineVersion", True, None),
        ("cluster.create.engineVersion", "seven", None),
        ("cluster.create.subnetIds", "arn:aws:ec2:us-east-1:1:subnet/subnet-1", "give the id alone: subnet-1"),
        ("cluster.create.securityGroupIds", "arn:aws:ec2:us-east-1:1:security-group/sg-1", "give the id alone: sg-1"),
        ("cluster.create.subnetGroup", f"{ARN}:subnetgroup:caches", "give the name alone: caches"),
        ("role.name", "arn:aws:iam::123456789012:role/teams/flink", "give the name alone: flink"),
        ("createdBy", "orders-1-0a1b2c3d", 'write it as a list: ["orders-1-0a1b2c3d"]'),
        ("createdBy", "", None),
        ("createdBy", ["orders-1-0a1b2c3d"], None),
        ("connection", 5, 'write it as a string: "5"'),
        ("cluster.create.port", "6379", None),
    ],
)
def test_a_value_of_another_form_shows_what_was_meant(field: str, value: object, told: str | None) -> None:
    assert advice(field, value) == told


@pytest.mark.parametrize("key", ["workspace_id", "workspace-id", "workspaceid", "WorkspaceId", "WORKSPACE_ID"])
def test_a_key_in_another_spelling(key: str) -> None:
    known = [str(field.alias) for field in ProvisionRequest.model_fields.values()]
    assert right_key(key, known) == "workspaceId"
    assert right_key("color", known) is None
    assert about_key(key, known) == "write workspaceId"


def test_a_key_that_is_misspelt_is_told_with_the_most_similar_one() -> None:
    known = [str(field.alias) for field in ProvisionRequest.model_fields.values()]
    for each in known:
        assert about_key(each[:-2] + each[-1] + each[-2] + "x", known).startswith(f"did you mean {each}?")
    for key in ("", "color", "connection" * 100):
        assert about_key(key, known) == "remove it, or correct its spelling"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("https://app.ververica.cloud/workspace/abc", "give the id alone: abc"),
        ("https://app.ververica.cloud/workspaces/abc/jobs?x=1", "give the id alone: abc"),
        ("https://app.ververica.cloud/", "give the id alone, without the address around it"),
        ("arn:aws:iam::794031221915:root", "give the id that the Ververica portal shows for the workspace"),
        ("w+s=1,x.y@z:/-_", None),
        ("a1b2c3d4e5f6", None),
    ],
)
def test_a_workspace_id_that_is_none(value: str, told: str | None) -> None:
    found = workspace_in(value)
    assert found == told if told is None else str(found).startswith(told)
