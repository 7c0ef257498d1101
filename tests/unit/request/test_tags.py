"""Tags of the user's: whose come first, and what AWS does not take."""

from typing import Final

import pytest

from private_connection.request.tags import combined, left_out, too_many_tags, unfit_tags

RAISED: Final[list[tuple[str, str, dict[str, str]]]] = [
    *(
        ("TAG_RESERVED", f"tags.{key}", {key: "x"})
        for key in ("aws:team", "AWS:team", "private-connection", "Private-Connection/for")
    ),
    *(("TAG_RESERVED", "tags.team", {"team": value}) for value in ("aws:", "aws:data", "AWS:Data")),
    *(("TAG_CHARACTERS", f"tags.{key}", {key: "x"}) for key in ("a*b", "a,b", "a;b", " a", "a ", "a~b")),
    *(("TAG_CHARACTERS", "tags.team", {"team": value}) for value in ("a&b", "#1", " a", "a ", "tab\tbed", "100%")),
    ("TAG_KEYS_ALIKE", "tags.team", {"Team": "a", "team": "b"}),
]
FIT: Final = [
    {},
    {"cost center": "R & D".replace("&", "+")},
    {"Größe": "一"},
    {"team": ""},
    {"team": "aws", "law": "laws:ours"},
    {"a.b:c/d=e+f-g@h_i": "A b.c:d/e=f+g-h@i_j"},
]


@pytest.mark.parametrize(("code", "field", "tags"), RAISED, ids=[f"{row[0]}-{row[2]}" for row in RAISED])
def test_what_aws_refuses_is_a_finding(code: str, field: str, tags: dict[str, str]) -> None:
    assert [(each.code, each.field) for each in unfit_tags("tags", tags)] == [(code, field)]


@pytest.mark.parametrize("tags", FIT, ids=str)
def test_what_aws_takes_is_none(tags: dict[str, str]) -> None:
    assert list(unfit_tags("tags", tags)) == []


def test_the_requests_own_come_first_whatever_their_case() -> None:
    assert combined({"team": "a", "stage": "dev"}, {"Team": "b"}) == {"Team": "b", "stage": "dev"}
    assert combined({"team": "a"}, {}) == {"team": "a"}


@pytest.mark.parametrize(
    ("former", "asked", "keys"),
    [
        (("team", "stage"), {"team": "other"}, ("stage",)),
        (("team", "stage"), {}, ("stage", "team")),
        (("team",), {"team": "a", "stage": "b"}, ()),
        (("Team",), {"team": "a"}, ("Team",)),  # EC2 has both
        (("aws:a", "private-connection/created-by", "Private-Connection", "x"), {}, ("x",)),
        ((), {"team": "a"}, ()),
    ],
)
def test_what_was_asked_for_and_is_not_any_more_is_left_out(
    former: tuple[str, ...], asked: dict[str, str], keys: tuple[str, ...]
) -> None:
    assert left_out(former, asked) == keys


def test_there_may_be_forty() -> None:
    forty = {f"key-{number}": "x" for number in range(40)}
    assert list(too_many_tags(forty)) == []
    assert [each.code for each in too_many_tags(forty | {"one": "more"})] == ["TOO_MANY_TAGS"]
