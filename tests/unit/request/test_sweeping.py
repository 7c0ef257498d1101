"""What a sweep looks at."""

from private_connection.request.sweeping import SweepRequest


def test_all_connections_unless_one_is_named() -> None:
    assert SweepRequest().connection is None
    assert SweepRequest.model_validate_json('{"connection": "orders"}').connection == "orders"
