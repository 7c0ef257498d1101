"""Metrics, which a function writes into its log and CloudWatch reads there: no call, no grant, no time.

Source: CloudWatch user guide, "Specification: Embedded metric format". A function's log has one JSON object a line; one
that is printed stays as it is (Lambda developer guide, "Using Lambda advanced logging controls with Python").
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from private_connection.settings import stack

NAMESPACE: Final = "PrivateConnection"
DIMENSION: Final = "Stack"
Unit = Literal["Count", "Seconds"]


def count(name: str, number: int) -> None:
    """Adds ``number`` to a metric of this deployment."""
    measure({name: (number, "Count")})


def measure(values: Mapping[str, tuple[float, Unit]]) -> None:
    """Gives metrics of this deployment a value each, of this moment. A document has room for a hundred of them."""
    named = [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()]
    metrics = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": named}
    described = {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [metrics]}
    numbers = {name: number for name, (number, _) in values.items()}
    sys.stdout.write(json.dumps({"_aws": described, DIMENSION: stack(), **numbers}) + "\n")
