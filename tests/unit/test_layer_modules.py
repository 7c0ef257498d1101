"""The layer as a whole: each module has its tests, and each resource the same four functions."""

from collections.abc import Iterator
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from typing import Final

import pytest

LAYER: Final = Path("layers/private_connection/private_connection")
TESTS: Final = Path(__file__).parent
MODULES: Final = sorted(path.relative_to(LAYER) for path in LAYER.rglob("*.py"))
WITHOUT_TESTS: Final = {
    "contracts.py": "models that several steps share, which the tests of those steps use",
    "reconcile/swept.py": "models of a machine's output, which faults/test_stops_recovered.py reads",
}


def place_of_tests(module: Path) -> Path:
    """A package's ``__init__`` is tested by its own name."""
    name = module.parent.name if module.name == "__init__.py" else module.stem
    return module.parent / f"test_{name}.py"


def has_code(module: Path) -> bool:
    """Whether it is more than a docstring."""
    return "def " in (LAYER / module).read_text() or "class " in (LAYER / module).read_text()


def test_a_module_has_its_tests() -> None:
    lacking = [each for each in MODULES if has_code(each) and not (TESTS / place_of_tests(each)).exists()]
    assert set(map(str, lacking)) == set(WITHOUT_TESTS)


def test_exceptions_are_modules() -> None:
    assert set(WITHOUT_TESTS) <= set(map(str, MODULES))


# ------------------------------------------------------------------ find, ensure, delete, list

FUNCTIONS: Final = ("find", "ensure", "delete", "list")
Lacks = dict[str, str]
RESOURCES: Final[dict[tuple[str, str], Lacks]] = {
    ("cluster.replication_groups", "replication_group"): {"ensure": "creation.ensure_cluster makes it with its groups"},
    ("cluster.subnet_groups", "subnet_group"): {},
    ("cluster.security_groups", "security_group"): {
        "find": "find_cluster_security_group, and find_security_groups for those that are named",
        "ensure": "ensure_cluster_security_group: only a cluster's own one is made",
    },
    ("cluster.user_groups", "user_group"): {
        "ensure": "a request names one that exists",
        "delete": "as above: none is ours",
        "list": "as above",
    },
    ("cluster.rules", "rule"): {
        "find": "find_rules: the rules of some groups",
        "ensure": "open_security_group makes, shares and revokes rules",
        "delete": "close_security_group: others may use the rule",
    },
    ("paths.load_balancers", "load_balancer"): {},
    ("paths.target_groups", "target_group"): {},
    ("paths.listeners", "listener"): {
        "delete": "it is deleted with its load balancer",
        "list": "as above: nothing of it is left without its load balancer",
    },
    ("paths.endpoint_services", "endpoint_service"): {},
    ("access.roles", "role"): {
        "ensure": "ensure_access_role: of a role of somebody else nothing but our policy is ensured",
    },
    ("access.role_policies", "role_policy"): {},
    ("access.grants", "grant"): {
        "find": "a grant is a role's policy and tag, which access.roles and access.role_policies find",
        "ensure": "ensure_access_role",
        "delete": "remove_policy",
    },
}
NOT_RESOURCES: Final = {
    "access.access_role": "the step that ensures a role with its policy",
    "access.conditions": "pure",
    "access.narrowing": "a step that takes off a role what it allows too much",
    "access.patterns": "pure",
    "access.permissions": "pure",
    "access.policies": "documents",
    "access.sids": "pure",
    "access.statements": "pure",
    "access.trust": "pure",
    "cluster.admission": "pure",
    "cluster.cluster_events": "ElastiCache's own",
    "cluster.cluster_tags": "a part of three resources",
    "cluster.clusters": "both kinds of cluster, found and waited for; one that we make is a replication group",
    "cluster.creation": "makes a replication group with its groups",
    "cluster.descriptions": "shapes",
    "cluster.engine_versions": "AWS's own",
    "cluster.full_groups": "pure",
    "cluster.interfaces": "ElastiCache's own",
    "cluster.networks": "subnets and zones: never made or changed",
    "cluster.nodes": "parts of a cluster",
    "cluster.parameters": "never made or changed",
    "cluster.placement": "pure",
    "cluster.plan": "models",
    "cluster.readiness": "waits for a cluster",
    "cluster.rule_users": "questions about rules",
    "cluster.room": "pure",
    "paths.remedies": "words",
    "paths.deletion_protection": "a setting of a load balancer, looked at",
    "paths.usage": "looks at what whoever has made",
    "paths.endpoint_connections": "a consumer's; they are turned away, never made",
    "paths.load_balancer_descriptions": "shapes",
    "paths.load_balancer_tags": "a part of two resources",
    "paths.load_balancer_zones": "a setting of a load balancer",
    "paths.offers": "looks at a setting of an endpoint service",
    "paths.path_tags": "a part of three resources",
    "paths.principals": "a setting of an endpoint service",
    "paths.target_group_attributes": "settings of a target group",
    "paths.target_health": "a look",
    "paths.targets": "a setting of a target group",
}


def functions(module: str) -> set[str]:
    found = import_module(f"private_connection.{module}")
    return {name for name, value in vars(found).items() if isfunction(value) and value.__module__ == found.__name__}


def lacking(module: str, resource: str) -> Iterator[str]:
    offered = functions(module)
    plural = f"{resource[:-1]}ies" if resource.endswith("y") else f"{resource}s"
    for function in FUNCTIONS:
        if f"{function}_{plural if function == 'list' else resource}" not in offered:
            yield function


@pytest.mark.parametrize(("module", "resource"), RESOURCES, ids=[resource for _, resource in RESOURCES])
def test_a_resource_is_found_ensured_deleted_and_listed(module: str, resource: str) -> None:
    assert set(lacking(module, resource)) == set(RESOURCES[module, resource])


def test_every_module_of_resources_is_in_a_table() -> None:
    packages = ("access", "cluster", "paths")
    modules = {str(path.with_suffix("")).replace("/", ".") for path in MODULES if path.parts[0] in packages}
    named = {module for module, _ in RESOURCES} | set(NOT_RESOURCES)
    assert {each for each in modules if not each.endswith("__init__")} == named
