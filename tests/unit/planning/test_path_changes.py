"""A path, and what a run would change about it: one difference, one change."""

from dataclasses import replace
from typing import Any, Final

import pytest

from private_connection.errors import NotOurs
from private_connection.ownership import Tags
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.listeners import Listener
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_group_attributes import CROSS_ZONE, wanted_attributes
from private_connection.paths.target_groups import HEALTH_CHECK, TargetGroup
from private_connection.planning.changes import CLUSTER
from private_connection.planning.nodes import PlannedNode
from private_connection.planning.path_changes import WantedPath, path_changes, zones_of
from private_connection.planning.path_looks import Path, path_name
from tests.unit.builders import ACCOUNT, OURS, THEIRS

NODE: Final = PlannedNode(
    node="redis-demo-001",
    port=6379,
    vpc_id="vpc-1",
    availability_zone="us-east-1a",
    subnet_id="subnet-a",
    ip_address="10.0.0.5",
)
UNKNOWN: Final = NODE.model_copy(update={"availability_zone": None, "subnet_id": None, "ip_address": None})
NAME: Final = path_name("redis-demo", NODE)
OWN: Final = "10.0.0.5:6379"
WANTED: Final = WantedPath(connection="redis-demo", maker="plan", zone_subnets={}, former_tags=())
SPREAD: Final = WANTED.model_copy(update={"zone_subnets": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"}})
BALANCER: Final = LoadBalancer("lb", NAME, "active", "", {"us-east-1a": "subnet-a"}, {})
GROUP: Final = TargetGroup("tg", NAME, HEALTH_CHECK, ("lb",), {})
SERVICE: Final = EndpointService("vpce-svc-1", "name", "available", True, ("lb",), OURS)
WHOLE: Final = Path(
    balancer=BALANCER,
    group=GROUP,
    listener=Listener("listener", "tg"),
    service=SERVICE,
    tags={"lb": OURS, "tg": OURS, "listener": OURS},
    attributes=wanted_attributes(cross_zone=False),
    states={OWN: "healthy"},
    principals=frozenset({ACCOUNT}),
)
Told = tuple[str, str, tuple[str, ...]]


def told(path: Path, wanted: WantedPath = WANTED, node: PlannedNode = NODE) -> list[Told]:
    changes = path_changes(wanted, node, path, zones_of(wanted, node, path))
    return [
        (each.action, each.type, tuple(one.name for one in each.attributes))
        for each in changes
        if each.action != "keep"
    ]


def with_tags(arn: str, tags: Tags) -> Path:
    return replace(WHOLE, tags={**WHOLE.tags, arn: tags})


def test_of_a_path_that_is_not_there_everything_is_made() -> None:
    made = ["loadBalancer", "targetGroup", "listener", "target", "endpointService", "allowedPrincipal"]
    assert [(action, kind) for action, kind, _ in told(Path())] == [("create", kind) for kind in made]


def test_of_a_path_that_is_as_it_is_wanted_everything_is_kept() -> None:
    changes = list(path_changes(WANTED, NODE, WHOLE, zones_of(WANTED, NODE, WHOLE)))
    assert {each.action for each in changes} == {"keep"}
    assert len(changes) == 6
    assert {each.node for each in changes} == {NODE.node}


DIFFERENCES: Final[list[tuple[str, Path, WantedPath, list[Told]]]] = [
    ("no listener", replace(WHOLE, listener=None), WANTED, [("create", "listener", ("forwardsTo",))]),
    (
        "a listener that leads elsewhere",
        replace(WHOLE, listener=Listener("listener", "other")),
        WANTED,
        [("change", "listener", ("forwardsTo",))],
    ),
    (
        "another health check",
        replace(WHOLE, group=replace(GROUP, health_check=("TCP", 30, 4, 2, 2))),
        WANTED,
        [("change", "targetGroup", ("healthCheck",))],
    ),
    (
        "an attribute",
        replace(WHOLE, attributes={**WHOLE.attributes, CROSS_ZONE: "false"}),
        WANTED,
        [("change", "targetGroup", (CROSS_ZONE,))],
    ),
    (
        "another zone",
        WHOLE,
        SPREAD,
        [
            ("change", "loadBalancer", ("zones", "tags.private-connection/zones")),
            ("change", "targetGroup", (CROSS_ZONE,)),
        ],
    ),
    ("no target", replace(WHOLE, states={}), WANTED, [("create", "target", ("address",))]),
    (
        "another target",
        replace(WHOLE, states={OWN: "healthy", "10.0.0.9:6379": "healthy"}),
        WANTED,
        [("withdraw", "target", ())],
    ),
    (
        "no acceptance",
        replace(WHOLE, service=replace(SERVICE, acceptance_required=False)),
        WANTED,
        [("change", "endpointService", ("acceptanceRequired",))],
    ),
    ("nobody admitted", replace(WHOLE, principals=frozenset()), WANTED, [("create", "allowedPrincipal", ())]),
    (
        "a stranger",
        replace(WHOLE, principals=frozenset({ACCOUNT, "*"})),
        WANTED,
        [("withdraw", "allowedPrincipal", ())],
    ),
    (
        "no service",
        replace(WHOLE, service=None, principals=frozenset()),
        WANTED,
        [("create", "endpointService", ("serviceName",)), ("create", "allowedPrincipal", ())],
    ),
    (
        "tags that are asked for no more",
        with_tags("lb", {**OURS, "old": "x"}),
        WANTED.model_copy(update={"former_tags": ("old",)}),
        [("change", "loadBalancer", ("tags.old",))],
    ),
    (
        "tags that are asked for",
        replace(WHOLE, tags={**WHOLE.tags, "listener": THEIRS}, service=replace(SERVICE, tags={**OURS, "a": "b"})),
        WANTED.model_copy(update={"tags": {"a": "b"}}),
        [("change", "loadBalancer", ("tags.a",)), ("change", "targetGroup", ("tags.a",))],
    ),
]


@pytest.mark.parametrize(
    ("path", "wanted", "changes"), [row[1:] for row in DIFFERENCES], ids=[r[0] for r in DIFFERENCES]
)
def test_one_difference_is_one_change(path: Path, wanted: WantedPath, changes: list[Told]) -> None:
    assert told(path, wanted) == changes


def test_a_load_balancer_that_does_not_reach_its_node_is_replaced_unless_somebody_may_know_its_service() -> None:
    elsewhere = replace(BALANCER, zones={"us-east-1c": "subnet-c"})
    known, unknown = (replace(WHOLE, balancer=elsewhere, principals=each) for each in (WHOLE.principals, frozenset()))
    assert told(known)[0] == ("change", "loadBalancer", ("zones",))
    assert [(action, kind) for action, kind, _ in told(unknown)] == [
        ("withdraw", "loadBalancer"),
        ("create", "loadBalancer"),
        ("create", "listener"),
        ("withdraw", "endpointService"),
        ("create", "endpointService"),
        ("create", "allowedPrincipal"),
    ]


def test_what_depends_on_where_the_node_will_be_is_known_later() -> None:
    fresh = list(path_changes(WANTED, UNKNOWN, Path(), zones_of(WANTED, UNKNOWN, Path())))
    assert [each.type for each in fresh if each.known_after] == ["target"]
    assert fresh[0].attributes[0].known_after == CLUSTER
    there = list(path_changes(WANTED, UNKNOWN, WHOLE, zones_of(WANTED, UNKNOWN, WHOLE)))
    later = [(each.action, each.type) for each in there if each.known_after]
    assert later == [("keep", "loadBalancer"), ("keep", "targetGroup"), ("keep", "target")], "its address may stay"


def test_a_listener_of_somebody_elses_that_leads_elsewhere_ends_the_plan() -> None:
    theirs: Any = replace(WHOLE, listener=Listener("listener", "other"), tags={**WHOLE.tags, "listener": THEIRS})
    with pytest.raises(NotOurs, match="listener"):
        told(theirs)
