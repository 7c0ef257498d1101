"""Clients: made when first used, kept, patient within limits; and calls that take only so many at a time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_connection import clients
from private_connection.clients import batches


@given(st.lists(st.integers()), st.integers(1, 20))
def test_batches_are_the_values_in_order(values: list[int], size: int) -> None:
    parts = list(batches(values, size))
    assert [value for part in parts for value in part] == values
    assert all(0 < len(part) <= size for part in parts)
    assert len(parts) == -(-len(values) // size)


def test_a_client_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(service: str, config: object) -> object:
        made.append(service)
        return object()

    monkeypatch.setattr("boto3.client", make)
    kept = (
        *(clients.elasticache, clients.ec2, clients.elbv2, clients.iam),
        *(clients.dynamodb, clients.stepfunctions, clients.events),
    )
    for client in kept:
        client.cache_clear()
    try:
        assert all(client() is client() for client in kept)
    finally:
        for client in kept:
            client.cache_clear()
    assert made == ["elasticache", "ec2", "elbv2", "iam", "dynamodb", "stepfunctions", "events"]


def test_a_client_repeats_a_call_and_gives_up_before_its_function_does() -> None:
    config = clients._config()
    assert (config.connect_timeout, config.read_timeout) == (3, 10)  # type: ignore[attr-defined]  # set by name
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}  # type: ignore[attr-defined]  # as above


def test_the_client_that_tells_gives_up_long_before_its_function_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two attempts at 2 s to connect and 4 s for an answer, and a pause: a fourth of a function's minute."""
    configs: list[Any] = []
    monkeypatch.setattr("boto3.client", lambda service, config: configs.append(config))
    clients.events.cache_clear()
    try:
        clients.events()
    finally:
        clients.events.cache_clear()
    (config,) = configs
    attempts = config.retries["total_max_attempts"]
    assert (config.retries["mode"], attempts * (config.connect_timeout + config.read_timeout)) == ("standard", 12)


def test_the_client_of_prices_tries_once_for_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr("boto3.client", lambda *given, **named: made.append((given, named)))
    clients.pricing.cache_clear()
    try:
        clients.pricing("ap-south-1")
    finally:
        clients.pricing.cache_clear()
    ((given, named),) = made
    config = named["config"]
    assert (given, named["region_name"]) == (("pricing",), "ap-south-1")
    assert (config.connect_timeout + config.read_timeout, config.retries["total_max_attempts"]) == (3, 1)
