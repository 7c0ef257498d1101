"""Cache parameters, which are read and never changed."""

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.errors import doing

ENDPOINT_TYPE = "cluster-preferred-endpoint-type"
"""What a cluster's redirections name: ``ip``, or ``tls-dynamic``, host names to clients that encrypt (ElastiCache User
Guide, "Valkey and Redis OSS parameters").
"""


def find_endpoint_type(cluster: Cluster, member: Member) -> str | None:
    """The endpoint type of a cluster, where it can matter: in cluster mode with encryption in transit.

    ``None`` means the default, also for versions without the parameter. A default parameter group has it without
    asking, because it cannot be changed (ElastiCache User Guide, "Parameter management").
    """
    group = member.parameter_group
    if not (cluster.cluster_mode and cluster.transit_encryption) or group.startswith("default.") or not group:
        return None
    with doing("looking up cache parameters", group):
        pages = clients.elasticache().get_paginator("describe_cache_parameters").paginate(CacheParameterGroupName=group)
        found = (each for page in pages for each in page["Parameters"] if each["ParameterName"] == ENDPOINT_TYPE)
        return next((each.get("ParameterValue") for each in found), None)
