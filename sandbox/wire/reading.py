"""What a client reads of a result: what moto's serialiser writes as XML and botocore's parser reads from that.

There is a reader for each operation, made along the shape of its output. It knows of both: under which names moto looks
for a member, what is left out, what becomes of an empty list. Where only the XML itself tells, it is unsure and says
so. The services' tests compare each result that is read here with the one that comes over the wire.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from botocore.utils import parse_timestamp
from moto.core.serialize import AttributePickerContext, TimestampSerializer, XFormedAttributePicker
from moto.core.utils import MISSING, get_value

ABSENT: Final = object()
PICKER: Final = XFormedAttributePicker()
Read = Callable[[Any], Any]
Transform = Callable[[Any], Any]
Look = Callable[[Any, str, Any], Any]
Plan = list[tuple[str, tuple[str, ...] | None, Look, Transform | None, Read]]


class UnsureError(Exception):
    """This result has something of which only XML says what becomes of it."""


class Reading:
    """Of one operation's results. Those that are `named` have the API's own member names throughout."""

    def __init__(self, operation: Any, serializer: Any, transformers: Mapping[str, Transform], named: bool) -> None:
        self.named = named
        self._moments = serializer.DEFAULT_TIMESTAMP_FORMAT
        self._transformers = transformers
        shape = operation.output_shape
        self._read = None if shape is None else _Structure(self, shape, f"{operation.name}.{shape.name}")

    def __call__(self, result: Any) -> dict[str, Any]:
        if self._read is None or result is None:
            return {}
        read: dict[str, Any] = self._read(result)
        return read

    def reader(self, shape: Any, path: str) -> Read:
        if shape.type_name == "structure":
            return _Structure(self, shape, path)
        if shape.type_name == "list":
            return _List(self, shape, path)
        if shape.type_name == "timestamp":
            return partial(_moment, shape.serialization.get("timestampFormat", self._moments))
        return SCALARS.get(shape.type_name, _unsure)

    def transform(self, path: str) -> Transform | None:
        """What moto does to the value that its serialiser meets on this path."""
        return next((found for end, found in self._transformers.items() if path.endswith(end)), None)


class _List:
    """A list without the structures that are empty; one that is written flat and has nothing is not written at all."""

    def __init__(self, reading: Reading, shape: Any, path: str) -> None:
        self._read = reading.reader(shape.member, f"{path}.{shape.member.name}")
        self._of_structures = shape.member.type_name == "structure"
        self._flat = shape.is_flattened

    def __call__(self, items: Iterable[Any]) -> Any:
        values = [value for item in items if (value := self._item(item)) is not ABSENT]
        return values if values or not self._flat else ABSENT

    def _item(self, item: Any) -> Any:
        if not self._of_structures:
            return _unsure(item) if item is None else self._read(item)
        return self._read(item) or ABSENT


class _Structure:
    """Its members are made ready when the first is read: a shape may hold itself."""

    def __init__(self, reading: Reading, shape: Any, path: str) -> None:
        self._reading, self._shape, self._path = reading, shape, path
        self._plans: dict[type, Plan] = {}

    def __call__(self, thing: Any) -> Any:
        if thing is None:
            return ABSENT
        if type(thing) not in self._plans:
            self._plans[type(thing)] = self._plan(thing)
        values = {}
        for name, names, look, transform, read in self._plans[type(thing)]:
            given = thing.get(name) if names is None else _picked(thing, names, look)
            if transform is not None:
                given = transform(given)
            if given is not None and (value := read(given)) is not ABSENT:
                values[name] = value
        return values

    def _plan(self, thing: Any) -> Plan:
        """Where things of this class have each member, what moto then does to it, and what a client reads of that."""
        found = [(name, self._names(thing, name), read) for name, read in self._members.items()]
        return [
            (name, names, _look(thing, names), self._reading.transform(f"{self._path}.{name}"), read)
            for name, names, read in found
        ]

    @cached_property
    def _members(self) -> dict[str, Read]:
        members = self._shape.members
        for each in members.values():
            each.parent = self._shape  # as moto's serialiser does: its aliases go by it
        return {name: self._reading.reader(each, f"{self._path}.{name}") for name, each in members.items()}

    def _names(self, thing: Any, member: str) -> tuple[str, ...] | None:
        if self._reading.named:
            return None
        context = AttributePickerContext(obj=thing, key=member, shape=self._shape.members[member])
        return tuple(dict.fromkeys(PICKER.get_possible_keys(context)))


def _look(thing: Any, names: tuple[str, ...] | None) -> Look:
    """How moto looks members up, which is as attributes where there are neither items nor paths."""
    is_plain = not hasattr(thing, "__getitem__") and not any("." in name for name in names or ())
    return getattr if is_plain else get_value


def _picked(thing: Any, names: tuple[str, ...], look: Look) -> Any:
    for name in names:
        found = look(thing, name, MISSING)
        if found is not MISSING:
            return found
    return None


def _text(value: Any) -> str:
    """XML changes some white space, and cannot say control characters."""
    text = str(value)
    return text if text.isprintable() else _unsure(value)


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


@lru_cache(maxsize=4096, typed=True)
def _moment(form: str, value: Any) -> Any:
    return parse_timestamp(TimestampSerializer(form)._convert_timestamp_to_str(value, form))


def _unsure(value: Any) -> Any:
    raise UnsureError(value)


SCALARS: Final[Mapping[str, Read]] = {
    "string": _text,
    "character": _text,
    "boolean": _truth,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}
