"""Engines, their versions and parameter group families, and the node types that exist.

From "Supported engines and versions" and "Supported node types" of the ElastiCache user guide. Clusters report the
patch release (`7.1.0`) where DescribeCacheEngineVersions and a creation name the minor one (`7.1`); before version 6
these name the patch release too. Versions and node types are those that cfn-lint reads from AWS's API
(aws_elasticache_cachecluster/engine_version.json and cachenodetype_enum.json), the patch releases of the latest ones
our own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineVersion:
    engine: str
    version: str
    family: str
    patch: str
    default: bool = False


VERSIONS = (
    EngineVersion("memcached", "1.6.17", "memcached1.6", "1.6.17"),
    EngineVersion("memcached", "1.6.22", "memcached1.6", "1.6.22", default=True),
    EngineVersion("redis", "4.0.10", "redis4.0", "4.0.10"),
    EngineVersion("redis", "5.0.6", "redis5.0", "5.0.6"),
    EngineVersion("redis", "6.0", "redis6.x", "6.0.5"),
    EngineVersion("redis", "6.2", "redis6.x", "6.2.6"),
    EngineVersion("redis", "7.0", "redis7", "7.0.7"),
    EngineVersion("redis", "7.1", "redis7", "7.1.0", default=True),
    EngineVersion("valkey", "7.2", "valkey7", "7.2.6"),
    EngineVersion("valkey", "8.0", "valkey8", "8.0.1", default=True),
    EngineVersion("valkey", "8.1", "valkey8", "8.1.0"),
    EngineVersion("valkey", "8.2", "valkey8", "8.2.0"),
    EngineVersion("valkey", "9.0", "valkey9", "9.0.0"),
    EngineVersion("valkey", "9.1", "valkey9", "9.1.0"),
)

_LARGE = ("large", "xlarge", "2xlarge", "4xlarge")
_GRAVITON = (*_LARGE, "8xlarge", "12xlarge", "16xlarge")
NODE_TYPES = {
    "t1": ("micro",),
    "t2": ("micro", "small", "medium"),
    "t3": ("micro", "small", "medium"),
    "t4g": ("micro", "small", "medium"),
    "m4": (*_LARGE, "10xlarge"),
    "m5": (*_LARGE, "12xlarge", "24xlarge"),
    "m6g": _GRAVITON,
    "m7g": _GRAVITON,
    "m8g": _GRAVITON,
    "r4": (*_LARGE, "8xlarge", "16xlarge"),
    "r5": (*_LARGE, "12xlarge", "24xlarge"),
    "r6g": _GRAVITON,
    "r6gd": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "r7g": _GRAVITON,
    "r8g": _GRAVITON,
    "c7gn": _GRAVITON,
    "c8gn": _GRAVITON,
}


def exists(node_type: str) -> bool:
    prefix, _, rest = node_type.partition(".")
    family, _, size = rest.partition(".")
    return prefix == "cache" and size in NODE_TYPES.get(family, ())


def tiers_data(node_type: str) -> bool:
    """Whether nodes of this type keep data on solid state drives too."""
    return node_type.split(".")[1:2] == ["r6gd"]


def find(engine: str, version: str | None) -> EngineVersion | None:
    """The version by its name, or `6.x`; without one, the engine's default."""
    wanted = "6.2" if version == "6.x" else version
    for each in VERSIONS:
        if each.engine == engine and (each.default if wanted is None else wanted == each.version):
            return each
    return None
