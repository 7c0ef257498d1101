"""The engine versions that ElastiCache offers, and the parameter-group family that each belongs to."""

from private_connection import clients
from private_connection.errors import doing
from private_connection.request.models import CreateCluster


def depends_on_family(create: CreateCluster) -> bool:
    """Whether the family matters: for the parameter group of cluster mode, and to know that a version is offered."""
    return create.engine_version is not None or create.cluster_mode == "enabled"


def find_family(engine: str, version: str | None) -> str | None:
    """The family (``redis7``, ``valkey8``) of a version, of the default one for ``None``; ``None`` if not offered."""
    elasticache = clients.elasticache()
    with doing("looking up engine version", f"{engine} {version or 'default'}"):
        if version is None:
            offered = elasticache.describe_cache_engine_versions(Engine=engine, DefaultOnly=True)
        else:
            offered = elasticache.describe_cache_engine_versions(Engine=engine, EngineVersion=version)
    return next((each["CacheParameterGroupFamily"] for each in offered["CacheEngineVersions"]), None)
