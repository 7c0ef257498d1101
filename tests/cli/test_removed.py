"""A teardown's report in the words of the command line."""

from typing import Any, Final

from private_connection.teardown.keeping import Kept, Named
from private_connection.teardown.report import Listing, Report
from private_connection_cli.following import in_words, of_a_connection
from private_connection_cli.removed import told
from tests.cli.plans import PLAN
from tests.cli.test_planned import drawn

NOTHING: Final = Listing(counts={}, first=())
GONE: Final = Listing(
    counts={"loadBalancer": 2, "rolePolicy": 52},
    first=(*(Named(kind="loadBalancer", name=each) for each in ("pc-a", "pc-b")), Named(kind="rolePolicy", name="r/p")),
)
KEPT: Final = (
    Kept(kind="role", name="team", why="its path is not ours"),
    Kept(kind="cluster", name="orders", why="adopted: this connection did not create it"),
)
TEXT: Final = """\
orders  all that was to be removed is gone
removed
  2 load balancers            pc-a, pc-b
  52 role policies            r/p, and 51 more
kept
  1 cluster                   orders
      adopted: this connection did not create it
  1 role                      team
      its path is not ours
"""


def text(**changes: Any) -> str:
    fields: dict[str, Any] = {"clean": True, "removed": GONE, "kept": (), "remains": NOTHING, "unseen": ()}
    beside: dict[str, Any] = {"findings": (), "summary": "", "error": None, "cause": None}
    report = Report(connection="orders", **fields | beside | changes)
    return drawn(told(report.model_dump(by_alias=True, mode="json")))


def test_what_is_gone_is_told_by_kind_and_count_and_what_stays_with_the_reason() -> None:
    assert text(kept=KEPT) == TEXT


def test_a_reason_names_the_flag_in_place_of_the_requests_key() -> None:
    kept = Kept(kind="replicationGroup", name="orders", why="deleteCluster is not set")
    assert text(kept=(kept,)).splitlines()[-1] == "      --delete-cluster is not set"


def test_where_nothing_was_that_is_said() -> None:
    assert text(removed=NOTHING) == "orders  there was nothing to remove\n"


def test_what_is_left_and_what_nobody_could_see_is_told() -> None:
    left = Listing(counts={"role": 1}, first=(Named(kind="role", name="team"),))
    lines = text(clean=False, remains=left, unseen=("securityGroup",)).splitlines()
    assert lines[0] == "orders  not all of it is removed"
    assert lines[-3:-1] == ["left", "  1 role                      team"]
    assert lines[-1] == "AWS did not list security groups: there may be more of them"


def test_whatever_a_run_that_is_watched_has_said_is_told_in_words() -> None:
    report = Report(
        connection="orders",
        clean=True,
        removed=NOTHING,
        kept=(),
        remains=NOTHING,
        unseen=(),
        findings=(),
        summary="",
        error=None,
        cause=None,
    ).model_dump(by_alias=True)
    assert drawn(in_words(report, of_a_connection)) == "orders  there was nothing to remove\n"
    assert list(in_words(PLAN, of_a_connection))
    overtaken = {"connection": "orders", "status": "OVERTAKEN"}
    assert list(in_words(overtaken, of_a_connection)) == [
        "orders: another run had changed it before this repair began, so it changed nothing"
    ]
