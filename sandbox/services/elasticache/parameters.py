"""Cache parameter groups: what DescribeCacheParameters shows of those that clusters use.

Default groups cannot be changed (user guide, "Managing parameter groups"), so a cluster with parameters of its own has
a group of its own. Only parameters that decide where clients are led are here, with the defaults of "Valkey and Redis
OSS parameters" in the user guide; a group that a world lays has whatever that gives it.
"""

from collections.abc import Iterator

from sandbox.services.common import Refused
from sandbox.services.elasticache import engines
from sandbox.services.elasticache.state import State

CLUSTER_ON = ".cluster.on"
ENDPOINT_TYPE = "cluster-preferred-endpoint-type"
WITHOUT_ENDPOINT_TYPE = ("redis4.0", "redis5.0", "redis6.x")
View = dict[str, object]


def shown(name: str, state: State) -> list[View]:
    """The parameters of a group by its name, sorted as ElastiCache sorts them."""
    own = state.parameter_groups.get(name.lower())
    if own is None and name not in defaults():
        raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    family, changed = own or (name.removeprefix("default."), {})
    merged = {key: (value, "system") for key, value in _of_family(family)}
    merged |= {key: (value, "user") for key, value in changed.items()}
    return [
        {"ParameterName": key, "ParameterValue": value, "Source": source, "IsModifiable": True}
        for key, (value, source) in sorted(merged.items())
    ]


def defaults() -> set[str]:
    return {f"default.{each.family}{suffix}" for each in engines.VERSIONS for suffix in ("", CLUSTER_ON)}


def _of_family(family: str) -> Iterator[tuple[str, str]]:
    engine_family = family.removesuffix(CLUSTER_ON)
    yield "cluster-enabled", "yes" if family.endswith(CLUSTER_ON) else "no"
    if engine_family not in WITHOUT_ENDPOINT_TYPE:
        yield ENDPOINT_TYPE, "tls-dynamic"
