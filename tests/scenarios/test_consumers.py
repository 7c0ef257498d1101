"""A consumer that comes and goes by the events of a scenario."""

from tests.scenarios.playing import SUCCEEDED, play, summary


def test_a_connection_is_torn_down_once_its_consumer_has_left() -> None:
    played = play("connected-and-left")
    made, refused, removed = played.runs
    assert (summary(made), summary(removed)) == (SUCCEEDED, SUCCEEDED)
    assert refused.error == "ConnectionInUse"
    for each in made.output["endpoints"]:
        assert each["serviceName"].rpartition(".")[2] in (refused.cause or "")
    assert (played.report.owned, played.report.foreign_changes) == ({}, [])
