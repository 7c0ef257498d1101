"""The tables that a template deploys, as CloudFormation would create them."""

from collections.abc import Mapping
from typing import Any

from sandbox.services.common import backend


def deploy(region: str, name: str, properties: Mapping[str, Any]) -> None:
    """Create a table from the properties of an AWS::DynamoDB::Table: ACTIVE at once, and no request.

    What they say of encryption, backups and capacity is left out: no request's answer depends on it.
    """
    backend("dynamodb", region).create_table(
        name,
        schema=properties["KeySchema"],
        attr=properties["AttributeDefinitions"],
        throughput=None,
        global_indexes=properties.get("GlobalSecondaryIndexes"),
        indexes=properties.get("LocalSecondaryIndexes"),
        streams=None,
        billing_mode=properties.get("BillingMode", "PROVISIONED"),
        sse_specification=None,
        tags=properties.get("Tags", []),
        deletion_protection_enabled=str(properties.get("DeletionProtectionEnabled", False)).lower() == "true",
        warm_throughput=None,
    )
