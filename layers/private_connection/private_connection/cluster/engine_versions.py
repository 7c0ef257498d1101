"""The engine versions that ElastiCache offers, and the parameter-group family that each belongs to.

ElastiCache takes and lists ``7.1``, takes ``6.x`` too, and reports ``7.1.0`` of a node. Asking for one version may
answer nothing though it is offered. So all versions of an engine are listed, and compared part by part, as far as both
have parts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.errors import doing
from private_connection.request.models import CreateCluster

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import CacheEngineVersionTypeDef


@dataclass(frozen=True, slots=True)
class EngineVersion:
    version: str
    family: str
    """Of its parameter groups, such as ``redis7`` or ``valkey8``."""


def depends_on_version(create: CreateCluster) -> bool:
    """Whether the versions matter: for the parameter group of cluster mode, and to know that one is offered."""
    return create.engine_version is not None or create.cluster_mode == "enabled"


def list_engine_versions(engine: str) -> list[EngineVersion]:
    """Every version of an engine that ElastiCache offers."""
    with doing("looking up engine versions", engine):
        pages = clients.elasticache().get_paginator("describe_cache_engine_versions").paginate(Engine=engine)
        return _versions(each for page in pages for each in page["CacheEngineVersions"])


def default_engine_versions(engine: str) -> list[EngineVersion]:
    """The version that ElastiCache takes for a creation that names none."""
    with doing("looking up the default engine version", engine):
        found = clients.elasticache().describe_cache_engine_versions(Engine=engine, DefaultOnly=True)
    return _versions(found["CacheEngineVersions"])


def is_version(wanted: str | None, version: str) -> bool:
    """Whether a version is what a request asks for: ``7.1`` is 7.1 and 7.1.0, ``6.x`` is any of 6."""
    parts = zip((wanted or "").split("."), version.split("."), strict=False)
    return not wanted or all(asked in ("x", has) for asked, has in parts)


def serves_as(wanted: str | None, version: str) -> bool:
    """Whether a cluster of this version is what a request asks for: of it, or of a later one of the same major version.

    ElastiCache raises minor versions by itself unless that is switched off, and no version can be lowered again
    (``AutoMinorVersionUpgrade`` and ``EngineVersion`` of ModifyReplicationGroup, API reference).
    """
    asked, has = _numbers(wanted or ""), _numbers(version)
    return is_version(wanted, version) or (asked[:1] == has[:1] and has > asked)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def family(create: CreateCluster, offered: Sequence[EngineVersion]) -> str | None:
    """The family of the requested version; ``None`` if that is not offered.

    Where nothing is known to be offered it follows from the version (ElastiCache User Guide, "Parameter management"),
    and ElastiCache decides when it creates the cluster.
    """
    if not offered and create.engine_version is not None:
        return _presumed(create.engine, create.engine_version)
    matching = [each for each in offered if is_version(create.engine_version, each.version)]
    return matching[-1].family if matching else None


def _presumed(engine: str, version: str) -> str:
    major, minor = version.split(".")[:2]
    if engine == "redis" and int(major) < 6:
        return f"redis{major}.{minor}"
    return f"redis{major}.x" if (engine, major) == ("redis", "6") else f"{engine}{major}"


def _versions(found: "Iterable[CacheEngineVersionTypeDef]") -> list[EngineVersion]:
    versions = [EngineVersion(each["EngineVersion"], each["CacheParameterGroupFamily"]) for each in found]
    return sorted(versions, key=lambda each: _numbers(each.version))
