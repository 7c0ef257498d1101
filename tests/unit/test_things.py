"""A search: what is known by the load balancers that carry the connection's tag."""

from private_connection.ownership import CLUSTER
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.things import Search, Thing
from tests.unit.builders import OURS, THEIRS, a_thing


def a_balancer(name: str, **tags: str) -> LoadBalancer:
    return LoadBalancer(f"arn/{name}/1", name, "active", "", {}, tags)


def test_its_own_load_balancers_name_its_clusters() -> None:
    ours = [a_balancer("pc-a", **OURS, **{CLUSTER: "orders"}), a_balancer("pc-b", **OURS)]
    others = [a_balancer("pc-c", **THEIRS, **{CLUSTER: "far"}), a_balancer("pc-d", **{CLUSTER: "lost"})]
    search = Search("redis-demo", clusters=["before"], balancers=[*ours, *others])
    assert search.own_balancers == ours
    assert search.named_clusters == {"before", "orders"}


def test_what_has_no_other_name_takes_no_room_for_one() -> None:
    assert "told" not in a_thing().model_dump(mode="json", by_alias=True)
    rule = a_thing("securityGroupRule", "sgr-1", told="sg-1: 10.0.0.0/24 on 6379 (sgr-1)")
    assert Thing.model_validate_json(rule.model_dump_json(by_alias=True)) == rule
