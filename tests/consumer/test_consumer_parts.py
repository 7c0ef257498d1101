"""The parts of the other side: what it reads, what it chooses, how it waits."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from consumer import __main__, endpoints
from consumer.connecting import _accept, _look_with_role
from consumer.network import Subnet, chosen, subnets
from consumer.offers import Offer, read
from consumer.problems import NoHandoffError, NotConnectedError, doing

ROW: Final = {"endpoint": "a.example", "serviceName": "s-1", "serviceId": "vpce-svc-1", "availabilityZoneId": "z1"}
HANDOFF: Final = {"roleArn": "arn", "workspaceId": "ws-1", "region": "us-east-1", "endpoints": [ROW], "more": 1}
OFFER: Final = read(HANDOFF).offers[0]
SUBNETS: Final = [
    Subnet("a", "vpc", "east-a", "z2"),
    Subnet("b", "vpc", "east-b", "z1"),
    Subnet("c", "vpc", "east-c", "z1"),
]


# ------------------------------------------------------------------ the hand-off


def test_of_a_hand_off_it_reads_what_it_needs() -> None:
    assert read(HANDOFF).offers == (Offer("a.example", "s-1", "vpce-svc-1", "z1"),)


@pytest.mark.parametrize("key", ["roleArn", "workspaceId", "region", "endpoints"])
def test_a_hand_off_that_lacks_something_is_no_hand_off(key: str) -> None:
    with pytest.raises(NoHandoffError, match=f"it has no {key}"):
        read({each: value for each, value in HANDOFF.items() if each != key})


@pytest.mark.parametrize("endpoints", [[], 1, [{"endpoint": "a"}], [{**ROW, "serviceId": None}], ["a"]])
def test_its_endpoints_are_whole(endpoints: Any) -> None:
    with pytest.raises(NoHandoffError, match=r"it has no (endpoint|service)"):
        read({**HANDOFF, "endpoints": endpoints})


@pytest.mark.parametrize(("text", "told"), [("no json", "handoff.json: "), ("[]", "has no endpoints"), ("1", "has no")])
def test_a_file_that_is_no_hand_off_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (tmp_path / "handoff.json").write_text(text)
    assert __main__.main(["connect", str(tmp_path / "handoff.json")]) == 2
    assert told in capsys.readouterr().err


# ------------------------------------------------------------------ the subnet


CHOSEN: dict[str, tuple[Mapping[str, Any], str]] = {
    "the node's own zone": ({"AvailabilityZones": [], "AvailabilityZoneIds": ["z1", "z2"]}, "b"),
    "another that is offered": ({"AvailabilityZones": [], "AvailabilityZoneIds": ["z2"]}, "a"),
    "by the names that the account has": ({"AvailabilityZones": ["east-a", "east-c"]}, "c"),
}


@pytest.mark.parametrize(("service", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_an_endpoint_stands_in_the_nodes_zone_if_it_can(service: Mapping[str, Any], expected: str) -> None:
    assert chosen(OFFER, service, SUBNETS).id == expected


def test_without_a_common_zone_there_is_no_subnet() -> None:
    with pytest.raises(NotConnectedError, match="it is offered in z3, and this VPC has subnets in z1, z2"):
        chosen(OFFER, {"AvailabilityZones": ["east-a"], "AvailabilityZoneIds": ["z3"]}, SUBNETS)


@pytest.mark.parametrize(("vpcs", "found"), [(["v1", "v2"], "v1, v2"), ([], "none")])
def test_subnets_are_of_one_vpc(vpcs: list[str], found: str) -> None:
    rows = [{"SubnetId": each, "VpcId": each, "AvailabilityZone": "a", "AvailabilityZoneId": "z"} for each in vpcs]
    ec2 = mock.Mock(**{"get_paginator.return_value.paginate.return_value": [{"Subnets": rows}]})
    with pytest.raises(NotConnectedError, match=f"expected those of one VPC, found {found}"):
        subnets(ec2)


# ------------------------------------------------------------------ waiting and accepting


class Looks:
    """EC2, of which each look finds the next state of an endpoint; None where there is none any more."""

    def __init__(self, *states: str | None) -> None:
        self._states = [*states]

    def get_paginator(self, operation: str) -> "Looks":
        assert operation == "describe_vpc_endpoints"
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        yield {"VpcEndpoints": [] if state is None else [{"VpcEndpointId": "vpce-1", "State": state}]}

    def delete_vpc_endpoints(self, **_: object) -> dict[str, Any]:
        return {}


@pytest.fixture
def slept() -> Iterator[list[float]]:
    """The seconds that it has waited, which pass at once."""
    waits = list[float]()
    with mock.patch.object(endpoints, "time", SimpleNamespace(sleep=waits.append, time=lambda: sum(waits))):
        yield waits


@pytest.mark.parametrize("first", ["pending", None])
def test_what_was_just_created_may_be_on_its_way_before_it_waits_for_acceptance(
    slept: list[float], first: str | None
) -> None:
    found = endpoints.settled(Looks(first, "pendingAcceptance"), ["vpce-1"])
    assert [endpoints.state(each) for each in found.values()] == ["pendingacceptance"]
    assert len(slept) == 1


def test_what_stays_on_its_way_is_not_waited_for_here_for_ever(slept: list[float]) -> None:
    assert set(endpoints.settled(Looks("pending"), ["vpce-1"])) == {"vpce-1"}
    assert sum(slept) == endpoints.SETTLED


def test_it_waits_until_all_are_available(slept: list[float]) -> None:
    found = endpoints.wait(Looks("pendingAcceptance", "pending", "Available"), ["vpce-1"])
    assert ([*found], slept) == (["vpce-1"], [endpoints.INTERVAL] * 2)


@pytest.mark.parametrize("state", ["rejected", "failed", "deleting", "expired", None])
def test_it_does_not_wait_for_what_does_not_come(slept: list[float], state: str | None) -> None:
    with pytest.raises(NotConnectedError, match=f"vpce-1 is {state or 'deleted'}"):
        endpoints.wait(Looks("pending", state), ["vpce-1"])
    assert slept == [endpoints.INTERVAL]


def test_it_does_not_wait_for_ever(slept: list[float]) -> None:
    with pytest.raises(NotConnectedError, match="after 600 seconds vpce-1 is pendingacceptance"):
        endpoints.wait(Looks("pendingAcceptance"), ["vpce-1"])
    with pytest.raises(NotConnectedError, match="vpce-1 still there after 600 seconds"):
        endpoints.delete(Looks("deleting"), ["vpce-1"])


@pytest.mark.parametrize("last", ["deleted", None])
def test_what_is_deleted_is_gone_or_listed_as_that(slept: list[float], last: str | None) -> None:
    endpoints.delete(Looks("deleting", last), ["vpce-1"])
    assert slept == [endpoints.INTERVAL]


def answering(code: str) -> Any:
    failed = {"ResourceId": "vpce-1", "Error": {"Code": code, "Message": "no"}}
    return mock.Mock(**{"accept_vpc_endpoint_connections.return_value": {"Unsuccessful": [failed]}})


def test_what_fails_inside_an_answer_has_failed(slept: list[float]) -> None:
    made = {"s-1": {"VpcEndpointId": "vpce-1", "State": "pendingAcceptance"}}
    with pytest.raises(NotConnectedError) as caught:
        _accept(answering("UnauthorizedOperation"), [OFFER], made)
    assert caught.value.code == "UnauthorizedOperation"
    _accept(answering("InvalidState"), [OFFER], made)


def looking(code: str) -> Any:
    refused = ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeVpcEndpointServices")
    return mock.Mock(**{"get_paginator.return_value.paginate.side_effect": refused})


def test_what_the_role_is_not_shown_is_no_refusal_and_what_it_may_not_do_is() -> None:
    _look_with_role(looking("InvalidServiceName"), [OFFER])
    _look_with_role(mock.Mock(**{"get_paginator.return_value.paginate.return_value": []}), [OFFER])
    with pytest.raises(NotConnectedError) as caught:
        _look_with_role(looking("UnauthorizedOperation"), [OFFER])
    assert caught.value.code == "UnauthorizedOperation"


def test_a_problem_says_what_was_done_and_aws_code() -> None:
    refused = ClientError({"Error": {"Code": "Denied", "Message": "not you"}}, "AssumeRole")
    for error, told in ((refused, "doing it: not you [Denied]"), (NoCredentialsError(), "doing it: Unable to locate")):
        with pytest.raises(NotConnectedError) as caught, doing("doing it"):
            raise error
        assert str(caught.value).startswith(told)


def test_a_map_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "handoff.json").write_text(json.dumps(HANDOFF))
    with mock.patch.object(__main__, "connect", mock.Mock(__name__="connect", return_value={"a.example": "10.0.0.4"})):
        assert __main__.main(["connect", str(tmp_path / "handoff.json")]) == 0
    assert json.loads(capsys.readouterr().out) == {"a.example": "10.0.0.4"}
