"""Statement ids: which run wrote what, and the documents with more, less or other statements."""

import re
from typing import Final

import pytest

from private_connection.access.policies import policy_document, policy_size, trust_document
from private_connection.access.sids import (
    exceeds,
    has_statements,
    holds,
    later_marks,
    mark_of,
    marked,
    marks_in,
    narrowed,
    trimmed,
    widened,
    without,
)
from tests.unit.builders import Json

ROLE: Final = "arn:aws:iam::123456789012:role/their-role"
DOCUMENTED: Final = policy_document("documented", ROLE, "eu-central-1", "redis-demo")
SCOPED: Final = policy_document("scoped", ROLE, "eu-central-1", "redis-demo")
FIRST, SECOND, THIRD = "run-1", "run-2", "run-3"
OWN: Final[Json] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DENYING: Final[Json] = {"Effect": "Deny", "Action": "elasticache:*", "Resource": "*"}


def saying(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def ids(document: Json) -> list[str]:
    return [each.get("Sid", "") for each in document["Statement"]]


def bare(document: Json) -> Json:
    """A document without the ids of its statements."""
    return document | {
        "Statement": [{key: value for key, value in each.items() if key != "Sid"} for each in document["Statement"]]
    }


def test_every_statement_says_which_run_wrote_it_as_iam_allows() -> None:
    document = marked(SCOPED, FIRST)
    assert bare(document) == SCOPED
    assert marks_in(document) == {mark_of(FIRST)}
    assert len(set(ids(document))) == len(SCOPED["Statement"])
    assert all(re.fullmatch(r"PrivateConnection[0-9A-Za-z]+", each) for each in ids(document))


@pytest.mark.parametrize(
    "sid",
    ["PrivateConnection", "PrivateConnection1234567", "PrivateConnection12345678", "AllowPrivateConnection123456781"],
)
def test_an_id_that_is_not_ours_says_nothing(sid: str) -> None:
    assert marks_in(saying(OWN | {"Sid": sid})) == frozenset()
    assert marks_in({"Statement": [OWN]}) == marks_in({}) == frozenset()


def test_a_document_of_one_statement_may_be_no_list() -> None:
    (statement,) = marked(saying(OWN), FIRST)["Statement"]
    alone: Json = {"Statement": statement}
    assert marks_in(alone) == {mark_of(FIRST)}
    assert holds(alone, saying(OWN))
    assert not exceeds(alone, saying(OWN))


# ------------------------------------------------------------------ wider

FORMS: Final[list[tuple[str, Json]]] = [
    ("of another run", marked(DOCUMENTED, SECOND)),
    ("of nobody's", DOCUMENTED),
    ("in another order", saying(*reversed(DOCUMENTED["Statement"]))),
    (
        "as lists",
        saying(
            *(
                {key: [value] if isinstance(value, str) and key != "Effect" else value for key, value in each.items()}
                for each in DOCUMENTED["Statement"]
            )
        ),
    ),
    ("with more", saying(*DOCUMENTED["Statement"], OWN)),
]


@pytest.mark.parametrize(("what", "found"), FORMS, ids=[row[0] for row in FORMS])
def test_what_says_the_wanted_lacks_nothing(what: str, found: Json) -> None:
    assert holds(found, DOCUMENTED)
    assert widened(found, DOCUMENTED, FIRST)["Statement"] == found["Statement"]
    assert exceeds(found, DOCUMENTED) == (what == "with more")


def test_what_is_missing_is_added_to_what_is_there() -> None:
    former = marked(DOCUMENTED, FIRST)
    wider = widened(former, SCOPED, SECOND)
    assert not holds(former, SCOPED)
    assert wider["Statement"][:2] == former["Statement"]
    assert bare(wider)["Statement"] == [*DOCUMENTED["Statement"], *SCOPED["Statement"]]
    assert marks_in(wider) == {mark_of(FIRST), mark_of(SECOND)}
    assert widened(wider, SCOPED, THIRD) == wider


def test_where_there_is_nothing_all_of_it_is_missing() -> None:
    assert widened(None, SCOPED, FIRST) == marked(SCOPED, FIRST)


def test_a_statement_that_is_there_is_not_added_twice() -> None:
    found = saying(SCOPED["Statement"][1])
    assert bare(widened(found, SCOPED, FIRST))["Statement"] == [
        SCOPED["Statement"][1],
        SCOPED["Statement"][0],
        SCOPED["Statement"][2],
    ]


def test_an_id_that_is_taken_is_not_given_again() -> None:
    """Of what the run wrote before, somebody took a part off."""
    found = saying(marked(SCOPED, FIRST)["Statement"][0])
    wider = widened(found, SCOPED, FIRST)
    assert len(set(ids(wider))) == len(wider["Statement"]) == 3


def test_a_deny_stays_out_of_the_way_of_what_is_wanted() -> None:
    found = saying(*DOCUMENTED["Statement"], DENYING)
    assert not holds(found, DOCUMENTED)
    assert widened(found, DOCUMENTED, FIRST) == DOCUMENTED


# ------------------------------------------------------------------ narrower


def test_what_is_not_wanted_goes_and_what_stays_keeps_its_id() -> None:
    former = marked(saying(DOCUMENTED["Statement"][0], SCOPED["Statement"][1]), FIRST)
    wider = widened(former, SCOPED, SECOND)
    narrow = narrowed(wider, SCOPED)
    assert narrow["Statement"] == wider["Statement"][1:]
    assert not exceeds(narrow, SCOPED)
    assert marks_in(narrow) == {mark_of(FIRST), mark_of(SECOND)}


def test_what_is_wanted_and_missing_is_there_once_it_is_narrow() -> None:
    assert narrowed(saying(OWN), SCOPED) == SCOPED


STRICTER: Final[Json] = {**OWN, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
OTHER: Final[Json] = {**OWN, "Action": "s3:*"}


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([OWN], [OWN]),
        ([OTHER, OWN], [OWN]),
        ([STRICTER], [STRICTER]),  # it allows no more than the wanted
        ([STRICTER, OTHER], [STRICTER]),
        ([STRICTER, OWN], [OWN]),
        ([DENYING, OTHER], [DENYING]),
    ],
)
def test_what_allows_more_than_the_wanted_is_trimmed(found: list[Json], kept: list[Json]) -> None:
    assert trimmed(saying(*found), saying(OWN)) == saying(*kept)


def test_what_says_the_wanted_under_other_conditions_allows_something_else() -> None:
    assert trimmed(saying(OWN), saying(STRICTER)) == saying()


# ------------------------------------------------------------------ taken back


def test_the_statements_of_some_runs_are_taken_out_of_a_document() -> None:
    former = saying(OWN, *marked(DOCUMENTED, FIRST)["Statement"])
    wider = widened(former, SCOPED, SECOND)
    assert without(wider, {mark_of(SECOND)}) == former
    assert without(wider, {mark_of(FIRST), mark_of(SECOND)}) == saying(OWN)
    assert without(wider, {mark_of(THIRD)}) == wider


def test_of_a_document_that_some_runs_wrote_alone_nothing_is_left() -> None:
    assert has_statements(marked(SCOPED, FIRST))
    assert not has_statements(without(marked(SCOPED, FIRST), {mark_of(FIRST)}))


def test_what_begins_a_document_is_not_what_was_added_to_it() -> None:
    trust = trust_document("arn:aws:iam::111122223333:root", "ws-1")
    theirs = saying({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    assert later_marks(marked(trust, FIRST)) == frozenset()
    assert later_marks(widened(theirs, trust, FIRST)) == {mark_of(FIRST)}
    assert later_marks(saying(*marked(trust, FIRST)["Statement"], *marked(saying(OWN), SECOND)["Statement"])) == {
        mark_of(SECOND)
    }
    assert later_marks({}) == frozenset()


def test_the_longest_trust_fits_with_its_id() -> None:
    """2,048 characters, without white space ("IAM and AWS STS quotas")."""
    assert policy_size(marked(trust_document("arn:aws:iam::794031221915:root", "w" * 1224), FIRST)) < 2048
