"""Which instances EC2 offers where: moto reads it, for every Region, while it is imported.

That takes a fifth of a second and 50 MB, which each fork of the process has to map again, and no instance runs here. So
a Region's offerings are read when somebody asks for them.
"""

from typing import Any, Final

from moto.utilities import utils

from sandbox.stepfunctions.patching import Seam

OFFERINGS: Final = "ec2/resources/instance_type_offerings"
_load = utils.load_resource


class Offerings(dict[str, list[dict[str, Any]]]):
    """By Region: what is offered in it, by this kind of place."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __missing__(self, region: str) -> list[dict[str, Any]]:
        try:
            found = _load(f"{OFFERINGS}/{self._kind}/{region}.json")
        except FileNotFoundError:
            raise KeyError(region) from None
        self[region] = [{**each, "LocationType": self._kind} for each in found]
        return self[region]

    def get(self, region: str, default: Any = None) -> Any:
        try:
            return self[region]
        except KeyError:
            return default


def seam() -> Seam:
    """For the time in which moto's EC2 is imported: it finds nothing offered then."""
    return Seam(utils, "load_resource", lambda resource: [] if resource.startswith(OFFERINGS) else _load(resource))


def read_later(offerings: dict[str, Any]) -> None:
    """Has what moto has of each kind of place read when it is asked for."""
    for kind in offerings:
        offerings[kind] = Offerings(kind)
