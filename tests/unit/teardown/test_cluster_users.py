"""Who uses a cluster as the registry has it, also a connection whose load balancers do not say so."""

import pytest

from private_connection.errors import Throttled
from private_connection.teardown.cluster_users import USING, RegisteredUsers, find_registered_users
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.registry.stage import FakeTable


@pytest.fixture
def table(aws: FakeAws) -> FakeTable:
    return FakeTable(aws)


def with_cluster(cluster: object) -> Json:
    return {"request": {"cluster": cluster}}


@pytest.mark.parametrize("status", USING)
def test_other_connections_that_are_registered_with_the_cluster_use_it(table: FakeTable, status: str) -> None:
    for name in ("search", "orders", "redis-demo"):
        table.lay(connection=name, status=status, **with_cluster({"id": "Shared"}))
    table.lay(connection="far", status=status, **with_cluster({"id": "another"}))
    assert find_registered_users("redis-demo", {"shared"}) == RegisteredUsers(("orders", "search"), ())


@pytest.mark.parametrize(
    "item",
    [
        {"status": "TORN_DOWN", **with_cluster({"id": "shared"})},
        {"status": "FAILED", **with_cluster({"id": "shared"})},
        {"status": "PROVISIONING"},
        {"status": "READY"},
        {"status": "TORN_DOWN", **with_cluster("shared")},
    ],
    ids=["torn down", "failed", "not recorded yet", "without a request", "torn down, of another form"],
)
def test_one_that_is_not_connected_to_it_does_not(table: FakeTable, item: Json) -> None:
    table.lay(connection="orders", **item)
    assert find_registered_users("redis-demo", {"shared"}) == RegisteredUsers((), ())


@pytest.mark.parametrize(
    "item",
    [
        {"status": "READY", "schema": 2},
        {"status": "TORN_DOWN", "colour": "blue"},
        {"status": "READY", "request": {"clusters": []}},
        *({"status": "READY", **with_cluster(cluster)} for cluster in ("shared", {}, {"id": None}, {"id": 5}, None)),
    ],
    ids=str,
)
def test_one_that_does_not_say_is_named_and_hides_no_other(table: FakeTable, item: Json) -> None:
    for name in ("future", "redis-demo"):
        table.lay(connection=name, **item)
    table.lay(connection="search", status="READY", **with_cluster({"id": "shared"}))
    assert find_registered_users("redis-demo", {"shared"}) == RegisteredUsers(("search",), ("future",))


def test_a_table_that_gives_no_answer_is_not_taken_for_nobody(aws: FakeAws) -> None:
    aws.answers("Scan", Refusal("ThrottlingException"))
    with pytest.raises(Throttled, match="listing the registry"):
        find_registered_users("redis-demo", {"shared"})
