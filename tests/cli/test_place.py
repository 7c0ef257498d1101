"""Where a command looks: what its clients are made of."""

import boto3
import pytest

from private_connection_cli.deployment import Place

VARIABLES = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
}


def test_the_clients_of_a_place_are_of_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[boto3.Session]()
    session = boto3.Session

    def counted(**given: str | None) -> boto3.Session:
        made.append(session(**given))  # type: ignore[arg-type]  # as it was given
        return made[-1]

    monkeypatch.setattr(boto3, "Session", counted)
    place = Place(variables=VARIABLES)
    clients = [place.client(each) for each in ("sts", "stepfunctions", "sts")]
    assert {(each.meta.region_name, each.meta.endpoint_url) for each in clients} == {
        ("eu-west-1", "http://127.0.0.1:1")
    }
    assert len(made) == 1
