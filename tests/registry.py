"""What the registry's table holds, read from the service's state: with no call, and no code of the product."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from sandbox.services.common import backend


def item(connection: str, region: str = "us-east-1") -> dict[str, Any]:
    """The connection's item, in the account that is open in this process; empty if there is none."""
    return items(region).get(connection, {})


def items(region: str) -> dict[str, dict[str, Any]]:
    """The items by connection."""
    found = dict[str, dict[str, Any]]()
    for table in backend("dynamodb", region).tables.values():
        for each in table.all_items():
            values = {key: TypeDeserializer().deserialize(value) for key, value in each.to_json()["Attributes"].items()}
            found[values["connection"]] = values
    return found


def is_registered(connection: str) -> bool:
    """Whether it was asked for, and not torn down since."""
    return item(connection).get("status") not in (None, "TORN_DOWN")


def is_held(connection: str) -> bool:
    """Whether a run stands on its item, or what is to be removed of one."""
    found = item(connection)
    return any(found.get(each) for each in ("holder", "worker", "unfinished"))
