"""Validate request: its parts in order, and what it hands on."""

import pytest

from private_connection.contracts import Document
from private_connection.errors import ClusterUnusable, InvalidRequest, NotOurs
from private_connection.preflight import validation
from private_connection.preflight.facts import ClusterFacts, Denial, Facts, RefusedLook, RoleFacts
from private_connection.preflight.validation import ValidatedRequest, ValidateRequest, validate_request
from private_connection.request.parsing import read_request
from tests.unit.builders import OURS, Json, an_existing, an_input, creating, facts

BOUNDARY = "arn:aws:iam::123456789012:policy/bound"


class Stage:
    """Validates a request in an account of which these are the facts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.asked = 0
        self.denied: tuple[Denial, ...] = ()

    def validate(self, document: Json, found: Facts) -> ValidatedRequest:
        self.monkeypatch.setattr(validation, "gather_facts", lambda _: found)
        self.monkeypatch.setattr(validation, "find_denials", self._ask)
        asked = read_request(Document(document))
        return validate_request(ValidateRequest(request=asked.request, repair=asked.repair))

    def _ask(self, *_: object) -> tuple[Denial, ...]:
        self.asked += 1
        return self.denied


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_a_request_is_handed_on_with_every_choice_made(stage: Stage) -> None:
    validated = stage.validate(creating(), facts())
    assert validated.cluster.creation is not None
    assert [place.node for place in validated.foreseen_nodes] == ["redis-demo-001"]
    assert (validated.ingress, validated.access_policy) == ("subnets", "documented")
    assert (validated.zones, validated.zone_subnets) == ("node", {})
    assert validated.findings == ()


def test_with_all_zones_a_subnet_in_each_is_handed_on(stage: Stage) -> None:
    validated = stage.validate(creating() | {"zones": "all"}, facts())
    assert validated.zones == "all"
    assert (
        validated.zone_subnets[validated.foreseen_nodes[0].availability_zone] == validated.foreseen_nodes[0].subnet_id
    )


def test_what_could_not_be_checked_is_a_warning_that_is_handed_on(stage: Stage) -> None:
    refused = RefusedLook("role.permissionsBoundary", "looking up permissions boundary (b): because [AccessDenied]")
    document = creating() | {"role": {"permissionsBoundary": BOUNDARY}}
    (finding,) = stage.validate(document, facts(role=RoleFacts(boundary_exists=refused))).findings
    assert (finding.code, finding.level) == ("LOOK_REFUSED", "warning")


def test_what_does_not_block_is_handed_on(stage: Stage) -> None:
    found = facts(cluster=ClusterFacts(an_existing(cluster_mode=True, transit_encryption=False)))
    validated = stage.validate(an_input(cluster={"id": "redis-demo"}), found)
    assert [each.code for each in validated.findings] == ["REDIRECTS_TO_ADDRESSES"]


def test_every_finding_that_blocks_is_named(stage: Stage) -> None:
    document = an_input(cluster={"id": "redis-demo"}, role={"permissionsBoundary": BOUNDARY})
    with pytest.raises(InvalidRequest) as error:
        stage.validate(document, facts(role=RoleFacts(boundary_exists=False)))
    assert [code for code in ("BOUNDARY_ABSENT", "CLUSTER_ABSENT") if code not in str(error.value)] == []


def test_the_error_is_that_of_the_finding(stage: Stage) -> None:
    with pytest.raises(NotOurs):
        stage.validate(creating(), facts(cluster=ClusterFacts(an_existing())))
    with pytest.raises(ClusterUnusable):
        stage.validate(an_input(cluster={"id": "a"}), facts(cluster=ClusterFacts(serverless=True)))


def test_what_ec2_would_deny_ends_a_request_that_nothing_else_blocks(stage: Stage) -> None:
    stage.denied = (Denial("CreateSecurityGroup", "cluster.create.securityGroupIds", "You are not"),)
    with pytest.raises(InvalidRequest, match=r"cluster.create.securityGroupIds: .*You are not.*\[CALL_DENIED\]"):
        stage.validate(creating(), facts())
    assert stage.asked == 1
    with pytest.raises(InvalidRequest, match="BOUNDARY_ABSENT"):
        stage.validate(
            creating() | {"role": {"permissionsBoundary": BOUNDARY}}, facts(role=RoleFacts(boundary_exists=False))
        )
    assert stage.asked == 1


def test_errors_that_the_request_acknowledges_are_handed_on(stage: Stage) -> None:
    stage.denied = (Denial("CreateSecurityGroup", "cluster.create.securityGroupIds", "You are not"),)
    document = creating() | {"workspaceId": "arn:aws:iam::123456789012:root"}
    with pytest.raises(InvalidRequest, match="CALL_DENIED"):
        stage.validate(document | {"acknowledge": ["WORKSPACE_ID_IS_NONE"]}, facts())
    acknowledged = ["CALL_DENIED", "WORKSPACE_ID_IS_NONE"]
    findings = stage.validate(document | {"acknowledge": acknowledged}, facts()).findings
    assert sorted((each.code, each.level) for each in findings) == [(code, "error") for code in acknowledged]


def test_nothing_is_asked_of_ec2_where_the_cluster_is_there(stage: Stage) -> None:
    stage.validate(an_input(cluster={"id": "redis-demo"}), facts(cluster=ClusterFacts(an_existing())))
    assert stage.asked == 0


def test_a_repair_takes_the_cluster_as_it_is_and_a_run_does_not(stage: Stage) -> None:
    """Somebody scaled it: that is no reason to leave the addresses that its nodes had."""
    scaled = an_existing(node_type="cache.r7g.large", shards={"redis-demo-001": "0001", "redis-demo-002": "0001"})
    found = facts(cluster=ClusterFacts(scaled, tags=OURS))
    with pytest.raises(InvalidRequest, match="CLUSTER_DIFFERS"):
        stage.validate(creating(), found)
    repaired = stage.validate(creating() | {"repair": {"revision": 1}}, found)
    assert "CLUSTER_DIFFERS" not in {each.code for each in repaired.findings}


def test_a_repair_is_refused_for_whatever_else_blocks(stage: Stage) -> None:
    document = creating() | {"role": {"permissionsBoundary": BOUNDARY}, "repair": {"revision": 1}}
    found = facts(role=RoleFacts(boundary_exists=False), cluster=ClusterFacts(an_existing(), tags=OURS))
    with pytest.raises(InvalidRequest, match="BOUNDARY_ABSENT"):
        stage.validate(document, found)
    with pytest.raises(NotOurs):
        stage.validate(creating() | {"repair": {"revision": 1}}, facts(cluster=ClusterFacts(an_existing())))
