"""Metrics, which a function writes into its log and CloudWatch reads there: no call, no grant, no time.

Source: CloudWatch user guide, "Specification: Embedded metric format". A function's log has one JSON object a line; one
that is printed stays as it is (Lambda developer guide, "Using Lambda advanced logging controls with Python").
"""

import json
import sys
from datetime import UTC, datetime
from typing import Final

from private_connection.settings import stack

NAMESPACE: Final = "PrivateConnection"
DIMENSION: Final = "Stack"


def count(name: str, number: int) -> None:
    """Adds ``number`` to a metric of this deployment."""
    metric = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    described = {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [metric]}
    sys.stdout.write(json.dumps({"_aws": described, DIMENSION: stack(), name: number}) + "\n")
