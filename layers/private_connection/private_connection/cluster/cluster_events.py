"""What ElastiCache's events tell of a cluster that failed.

Why a creation failed stands in the events of its members or of its group (runbook "ElastiCache create failed" of the UK
Ministry of Justice's Cloud Platform; hashicorp/terraform-provider-aws issue 8561): no description of them tells it. So
this costs a call or more, and is asked only when a run ends of it.
"""

from collections.abc import Iterator

from private_connection import clients
from private_connection.cluster.descriptions import Cluster
from private_connection.errors import StepError, doing

LOOKS_BACK = 180
"""Minutes: a run waits an hour for a cluster, unless its parameter says more."""
READ_AT_MOST = 1000
"""Events of the account, the newest first."""
TOLD_AT_MOST = 4
LONGEST = 400
"""Characters of a message."""


def told_reason(cluster: Cluster) -> str:
    """The end of a sentence: the last different messages about the cluster's nodes and itself.

    Empty where there is none, or where they cannot be read: the failure is told all the same.
    """
    try:
        found = list(dict.fromkeys(_messages(cluster)))
    except StepError:
        return ""
    return f"; its last events: {'; '.join(found[:TOLD_AT_MOST])}" if found else ""


def _messages(cluster: Cluster) -> Iterator[str]:
    """The newest first (AWS CLI, example of describe-events)."""
    about = {cluster.id, *cluster.member_ids}
    with doing("looking up the events of cluster", cluster.id):
        pages = clients.elasticache().get_paginator("describe_events")
        for page in pages.paginate(Duration=LOOKS_BACK, PaginationConfig={"MaxItems": READ_AT_MOST}):
            for each in page["Events"]:
                if each["SourceIdentifier"] in about:
                    yield f"{each['SourceIdentifier']}: {each['Message'][:LONGEST].rstrip('.')}"
