"""`make acceptance` against a served sandbox, from nothing to nothing."""

from tests.acceptance.serving import ACCOUNT, Served, called


def test_everything_that_is_tried_holds_and_nothing_is_left(served: Served) -> None:
    before = served.things()
    call = called(served)
    assert call.process.returncode == 0, call.told
    assert served.rows("differs") == []
    assert len(served.rows("holds")) >= 50
    assert served.report.splitlines()[2].startswith(f"**holds {len(served.rows('holds'))} · differs 0 · not tried ")
    assert "| left | nothing |" in served.report
    assert "| provision: Wait for cluster | " in served.report
    assert "| load balancer active | " in served.report
    assert ACCOUNT not in served.report
    assert served.things() == before
