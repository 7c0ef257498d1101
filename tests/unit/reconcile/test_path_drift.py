"""What of the path to one node has drifted, whatever becomes of the others."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.path_drift import of_path, path_name
from tests.unit.builders import OURS
from tests.unit.reconcile.made import FIRST, NAME, a_connected, a_handoff, a_service, an_account, path, with_node

BASE: Final = an_account()
TAGS: Final = {"team": "payments", "stage": ""}
ARN: Final = f"lb/{path(FIRST)}"


def with_service(**tags: str) -> Account:
    return replace(BASE, services={ARN: a_service(FIRST, tags={**OURS, **tags})})


def found(account: Account, **request: object) -> list[DriftCode]:
    connection = a_connected(a_handoff(), **request)
    return list(of_path(connection, connection.handoff.endpoints[0], account.members[FIRST], account))


@pytest.mark.parametrize(
    ("account", "codes"),
    [
        (BASE, []),
        (replace(BASE, balancers={}, groups={}), ["LOAD_BALANCER_GONE", "TARGET_GROUP_GONE"]),
        (replace(BASE, services={}), ["SERVICE_GONE"]),
        (with_node(BASE, port=7000), ["PORT_CHANGED"]),
    ],
    ids=["untouched", "nothing left", "no service", "another port"],
)
def test_each_part_is_looked_at_unless_all_have_another_name(account: Account, codes: list[DriftCode]) -> None:
    assert found(account) == codes


@pytest.mark.parametrize(
    ("tags", "codes"),
    [
        ({"team": "payments", "stage": ""}, []),
        ({"team": "payments", "stage": "", "more": "of theirs"}, []),
        ({"team": "payments"}, ["TAGS_CHANGED"]),
        ({"team": "others", "stage": ""}, ["TAGS_CHANGED"]),
        ({"Team": "payments", "stage": ""}, ["TAGS_CHANGED"]),
    ],
)
def test_a_service_has_the_tags_that_the_request_asks_for(tags: dict[str, str], codes: list[DriftCode]) -> None:
    assert found(with_service(**tags), tags=TAGS) == codes
    assert found(with_service(**tags)) == [], "nobody asked for any"


def test_a_path_is_named_by_its_node_network_and_port() -> None:
    connection, member = a_connected(a_handoff()), BASE.members[FIRST]
    assert path_name(connection, member, BASE) == path(FIRST)
    assert path_name(connection, member, replace(BASE, vpcs={FIRST: "vpc-2"})) == path(FIRST, vpc_id="vpc-2")
    assert path_name(replace(connection, name="other"), member, BASE) == path(FIRST, connection="other") != NAME
