"""Statement ids that say which run wrote a statement, and what is done with the documents that carry them.

IAM keeps no tags of an inline policy or a trust policy, and gives each of their statements an id that decides nothing:
letters and digits, once in a document (IAM User Guide, "IAM JSON policy elements: Sid"). So ours begin with
`PREFIX`, a mark of the maker follows and a number. They are never compared: two statements that say the same are the
same, whoever wrote them.
"""

import json
import re
from collections.abc import Collection, Iterator
from itertools import count
from typing import Any, Final

from private_connection.access.statements import Policy, Statement, listed
from private_connection.naming import digest

PREFIX: Final = "PrivateConnection"
"""How the statement ids of all our statements begin."""


def mark_of(maker: str) -> str:
    """What stands for a maker in a statement id: 8 hexadecimal digits."""
    return digest(maker)


def marks_in(document: Policy) -> frozenset[str]:
    """The marks of the runs that wrote statements of a document."""
    return frozenset(mark for each in _statements(document) if (mark := _mark(each)) is not None)


def later_marks(document: Policy) -> frozenset[str]:
    """The marks of the runs that added statements to a document which another one, or nobody of ours, began.

    What begins it stays when theirs go: a trust policy cannot be empty.
    """
    first = next(_statements(document), {})
    return marks_in(document) - {_mark(first)}


def marked(document: Policy, maker: str) -> Policy:
    """A document of which each statement says that this run wrote it."""
    return _with(document, _signed(_statements(document), maker, taken=()))


def widened(found: Policy | None, wanted: Policy, maker: str) -> Policy:
    """What is found, and what of the wanted is missing in it, which says that this run wrote it.

    A Deny is left out: beside it the wanted might not be allowed.
    """
    allowed = [each for each in _statements(found or {}) if each.get("Effect") != "Deny"]
    missing = _missing(allowed, wanted)
    return _with(wanted, [*allowed, *_signed(missing, maker, taken={str(each.get("Sid")) for each in allowed})])


def narrowed(found: Policy, wanted: Policy) -> Policy:
    """The wanted, with the statements of what is found where they say the same, ids included."""
    said = set(map(_said, _statements(wanted)))
    kept = [each for each in _statements(found) if _said(each) in said]
    return _with(wanted, [*kept, *_missing(kept, wanted)])


def trimmed(found: Policy, wanted: Policy) -> Policy:
    """What is found without each Allow that is not wanted.

    One that says the wanted under further conditions stays as long as nothing says the wanted itself, and so does a
    Deny, which allows nothing.
    """
    said, there = set(map(_said, _statements(wanted))), list(_statements(found))
    is_complete = not _missing(there, wanted)
    kept = (
        each
        for each in there
        if each.get("Effect") == "Deny"
        or _said(each) in said
        or (not is_complete and any(_is_within(each, one) for one in _statements(wanted)))
    )
    return _with(found, list(kept))


def without(document: Policy, marks: Collection[str]) -> Policy:
    """A document without the statements that carry one of these marks; perhaps without any."""
    return _with(document, [each for each in _statements(document) if _mark(each) not in marks])


def has_statements(document: Policy) -> bool:
    return any(True for _ in _statements(document))


def holds(found: Policy, wanted: Policy) -> bool:
    """Whether a document says what is wanted, whatever it allows besides, and denies nothing."""
    there = list(_statements(found))
    return not _missing(there, wanted) and not any(each.get("Effect") == "Deny" for each in there)


def exceeds(found: Policy, wanted: Policy) -> bool:
    """Whether a document has a statement that says something else than each of the wanted ones."""
    said = set(map(_said, _statements(wanted)))
    return any(_said(each) not in said for each in _statements(found))


def _statements(document: Policy) -> Iterator[Statement]:
    return (each for each in listed(document.get("Statement")) if isinstance(each, dict))


def _with(document: Policy, statements: Collection[Statement]) -> Policy:
    return {**document, "Statement": list(statements)}


def _mark(statement: Statement) -> str | None:
    match = re.fullmatch(rf"{PREFIX}([0-9a-f]{{8}})\d+", str(statement.get("Sid", "")), re.ASCII)
    return match[1] if match else None


def _signed(
    statements: Collection[Statement] | Iterator[Statement], maker: str, taken: Collection[str]
) -> list[Statement]:
    ids = (f"{PREFIX}{mark_of(maker)}{number}" for number in count(1))
    free = (each for each in ids if each not in taken)
    return [{"Sid": next(free), **{key: value for key, value in each.items() if key != "Sid"}} for each in statements]


def _missing(found: Collection[Statement], wanted: Policy) -> list[Statement]:
    there = set(map(_said, found))
    return [each for each in _statements(wanted) if _said(each) not in there]


def _said(statement: Statement) -> str:
    """What a statement says, in one form: without its id, and lists as the sets that IAM takes them for."""
    return json.dumps(_plain({key: value for key, value in statement.items() if key != "Sid"}), sort_keys=True)


def _is_within(statement: Statement, wanted: Statement) -> bool:
    """Whether a statement says the same with further conditions: all of a statement's have to be met."""
    bare, further = ({key: each for key, each in one.items() if key != "Condition"} for one in (statement, wanted))
    return _said(bare) == _said(further) and _conditions(wanted) <= _conditions(statement)


def _conditions(statement: Statement) -> set[str]:
    conditions = statement.get("Condition", {})
    return {
        json.dumps((operator, key, _plain(values)))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return sorted({json.dumps(each, sort_keys=True) for each in listed(value)})
