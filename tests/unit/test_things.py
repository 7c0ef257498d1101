"""A search: what is known by the load balancers that carry the connection's tag."""

from private_connection.ownership import CLUSTER
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.things import Search
from tests.unit.builders import OURS, THEIRS


def a_balancer(name: str, **tags: str) -> LoadBalancer:
    return LoadBalancer(f"arn/{name}/1", name, "active", "", {}, tags)


def test_its_own_load_balancers_name_its_clusters() -> None:
    ours = [a_balancer("pc-a", **OURS, **{CLUSTER: "orders"}), a_balancer("pc-b", **OURS)]
    others = [a_balancer("pc-c", **THEIRS, **{CLUSTER: "far"}), a_balancer("pc-d", **{CLUSTER: "lost"})]
    search = Search("redis-demo", clusters=["before"], balancers=[*ours, *others])
    assert search.own_balancers == ours
    assert search.named_clusters == {"before", "orders"}
