"""What a teardown of nothing says: which connections there are, and which of them was meant."""

import pytest

from private_connection.errors import NAMED_AT_MOST, NothingFound
from private_connection.teardown import absence
from private_connection.teardown.absence import find_connections_here, require_something
from tests.unit.builders import OURS, THEIRS
from tests.unit.described import balancer, service, tags_by_arn
from tests.unit.fake_aws import FakeAws


def told(monkeypatch: pytest.MonkeyPatch, connection: str, *here: str) -> str:
    monkeypatch.setattr(absence, "find_connections_here", lambda: list(here))
    with pytest.raises(NothingFound) as error:
        require_something(connection)
    return str(error.value)


def test_the_connection_that_was_meant_is_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    message = told(monkeypatch, "redis-dmeo", "orders", "redis-demo")
    assert message == (
        "looking up connection (redis-dmeo): nothing of it exists in eu-central-1; "
        "did you mean redis-demo? there are 2 connections: orders, redis-demo"
    )


def test_where_none_is_alike_all_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "zzz", "orders").endswith("eu-central-1; there is 1 connection: orders")


def test_where_there_is_none_the_place_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "orders").endswith("nor of any other connection: is it another Region or account?")


def test_of_many_the_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    message = told(monkeypatch, "zzz", *(f"orders-{number:02d}" for number in range(NAMED_AT_MOST + 2)))
    assert "there are 52 connections: orders-00, " in message
    assert message.endswith("orders-49 and 2 more")


def test_the_connections_that_both_marks_show_are_named_once(aws: FakeAws) -> None:
    names = {"pc-a": OURS, "pc-b": {"team": "data"}, "pc-c": {"private-connection": "no-maker"}}
    balancers = [balancer(name) for name in names]
    tags = {each["LoadBalancerArn"]: names[each["LoadBalancerName"]] for each in balancers}
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": balancers})
    aws.answers("DescribeTags", tags_by_arn(tags))
    orders = service("vpce-svc-2", OURS | {"private-connection": "orders"})
    services = [service(), orders, service("vpce-svc-3", THEIRS)]
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": services})
    assert find_connections_here() == ["orders", "redis-demo"]
