"""The engine versions that ElastiCache offers, and the parameter-group family that each belongs to."""

from private_connection import clients
from private_connection.errors import doing


def find_family(engine: str, version: str | None) -> str | None:
    """The family (``redis7``, ``valkey8``) of a version, of the default one for ``None``; ``None`` if not offered."""
    elasticache = clients.elasticache()
    with doing("looking up engine version", f"{engine} {version or 'default'}"):
        if version is None:
            offered = elasticache.describe_cache_engine_versions(Engine=engine, DefaultOnly=True)
        else:
            offered = elasticache.describe_cache_engine_versions(Engine=engine, EngineVersion=version)
    return next((each["CacheParameterGroupFamily"] for each in offered["CacheEngineVersions"]), None)
