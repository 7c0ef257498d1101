"""Names: legal at every limit, the same for the same thing, different for another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_connection.naming import (
    access_policy,
    access_role,
    cluster_resource,
    digest,
    node_resource,
    role_name,
)

CONNECTIONS = st.from_regex(r"[a-z](-?[a-z0-9]){0,31}", fullmatch=True).filter(lambda name: len(name) <= 32)
NODES = st.from_regex(r"[A-Za-z](-?[A-Za-z0-9]){0,39}(-[0-9]{4})?-[0-9]{3}", fullmatch=True).filter(
    lambda n: len(n) <= 50
)
WORKSPACES = st.from_regex(r"[A-Za-z0-9_+=,.@:/-]{2,60}", fullmatch=True)
PORTS = st.integers(1, 65535)
VPC = "vpc-0a1b2c3d4e5f60718"


@given(CONNECTIONS, NODES, PORTS)
def test_load_balancers_and_target_groups_can_have_their_names(connection: str, node: str, port: int) -> None:
    """API reference, CreateLoadBalancer: at most 32 letters, digits and hyphens, none at an end, not internal-…"""
    name = node_resource(connection, node, VPC, port)
    assert len(name) <= 32
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", name)
    assert name.startswith("pc-")
    assert "--" not in name


def test_a_name_shows_the_connection_and_the_tail_of_the_node() -> None:
    name = node_resource("orders-production-eu", "orders-production-redis-0003-002", VPC, 6379)
    assert name.startswith("pc-orders-")
    assert name.split("-")[-3:-1] == ["0003", "002"]


@given(st.lists(st.tuples(CONNECTIONS, NODES, PORTS), unique=True, min_size=2, max_size=2))
def test_what_is_cut_away_still_counts(things: list[tuple[str, str, int]]) -> None:
    first, second = (node_resource(connection, node, VPC, port) for connection, node, port in things)
    assert first != second


def test_a_name_follows_what_cannot_change() -> None:
    assert node_resource("a", "a-001", VPC, 6379) == node_resource("a", "a-001", VPC, 6379)
    assert node_resource("a", "a-001", VPC, 6379) != node_resource("a", "a-001", "vpc-other", 6379)
    assert node_resource("a", "a-001", VPC, 6379) != node_resource("a", "a-001", VPC, 6380)


def test_longest_connections_and_nodes_share_the_room() -> None:
    _, connection, *node, _ = node_resource("c" * 32, f"{'n' * 36}-001", VPC, 6379).split("-")
    assert (connection, node) == ("c" * 10, ["n" * 5, "001"])


@given(WORKSPACES)
def test_roles_can_have_their_names(workspace: str) -> None:
    """API reference, CreateRole: 1 to 64 of [A-Za-z0-9_+=,.@-]."""
    assert re.fullmatch(r"private-connection-[A-Za-z0-9_+=,.@-]{1,45}", access_role(workspace))


def test_workspaces_that_look_alike_have_roles_of_their_own() -> None:
    assert access_role("a:b") != access_role("a/b")
    assert len(access_role("w" * 1224)) <= 64


@pytest.mark.parametrize("path", ["/", "/private-connection/", "/a/b/"])
def test_a_role_is_called_by_the_end_of_its_arn(path: str) -> None:
    name = access_role("ws-1")
    assert role_name(f"arn:aws:iam::123456789012:role{path}{name}") == name


def test_policies_are_told_apart_by_region() -> None:
    names = {access_policy(region, "orders") for region in ("us-east-1", "us-west-1")}
    assert names == {"private-connection-us-east-1-orders", "private-connection-us-west-1-orders"}
    assert len(access_policy("ap-southeast-99", "c" * 32)) <= 128


def test_groups_of_a_cluster_are_named_after_it() -> None:
    assert cluster_resource("orders") == "private-connection-orders"
    assert len(cluster_resource("c" * 40)) <= 255


def test_digests_keep_their_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest("a", length=32)) == 32
    assert re.fullmatch(r"[0-9a-f]{8}", digest("a", 1, None))
