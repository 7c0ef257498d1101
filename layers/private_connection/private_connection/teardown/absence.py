"""What a teardown says of a connection of which nothing is found: most likely its name is misspelt."""

from difflib import get_close_matches

from private_connection.errors import NAMED_AT_MOST, NothingFound
from private_connection.ownership import CONNECTION, is_marked
from private_connection.paths.endpoint_services import list_endpoint_services
from private_connection.paths.load_balancers import list_load_balancers
from private_connection.settings import settings


def require_something(connection: str) -> None:
    """Raises `NothingFound` naming the connections that the account and Region have, the likely one first."""
    told = _told(connection, find_connections_here())
    raise NothingFound(f"looking up connection ({connection}): nothing of it exists in {settings().region}; {told}")


def find_connections_here() -> list[str]:
    """The connections of the account and Region, by the tags of their load balancers and endpoint services."""
    tagged = [each.tags for each in list_load_balancers()] + [each.tags for each in list_endpoint_services()]
    return sorted({tags[CONNECTION] for tags in tagged if is_marked(tags)})


def _told(connection: str, here: list[str]) -> str:
    if not here:
        return "nor of any other connection: is it another Region or account?"
    named, more = ", ".join(here[:NAMED_AT_MOST]), len(here) - NAMED_AT_MOST
    alike = get_close_matches(connection, here, n=1)
    return (
        (f"did you mean {alike[0]}? " if alike else "")
        + ("there is 1 connection" if len(here) == 1 else f"there are {len(here)} connections")
        + f": {named}"
        + (f" and {more} more" if more > 0 else "")
    )
