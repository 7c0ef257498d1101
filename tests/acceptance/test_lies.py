"""Each check notices an AWS that is not as assumed: every one is given an answer that differs."""

import io
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from rich.console import Console

from acceptance.assumptions.tried import TRIED, Check
from acceptance.checks import before, consuming, paths, probes, roles, runs, standing
from acceptance.clearing import clear
from acceptance.site import Site
from acceptance.trial import Asked, Trial
from acceptance.verdicts import verdict_of
from private_connection_cli.deployment import Deployment, Place, find_deployment
from private_connection_cli.runs import start
from private_connection_cli.watch.watching import watch
from tests.acceptance.lying import Lie, accepted, altering, each, empty, refusing, site_with, twice
from tests.acceptance.serving import ACCOUNT, Served

FIRST: Final = "make-acceptance-lies"
QUIET: Final = Console(file=io.StringIO())


def events(alter: Callable[[Any], None]) -> Lie:
    """A history of which each event is altered."""

    def altered(answer: Any) -> None:
        for one in answer["events"]:
            alter(one)

    return altering(altered)


def later(seconds: float, kind: str, state: str = "") -> Lie:
    """Events of this kind, of this state, so many seconds later."""

    def alter(event: Any) -> None:
        details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
        if event["type"] == kind and state in (details.get("name"), ""):
            event["timestamp"] += timedelta(seconds=seconds)

    return events(alter)


def named(found: Any, kind: str, change: Callable[[Any], None]) -> None:
    if found["type"] == kind:
        change(found)


def longer(event: Any) -> None:
    result = json.loads(event["taskSucceededEventDetails"]["output"])
    event["taskSucceededEventDetails"]["output"] = json.dumps({**result, "more": "x" * 3000})


def failed(event: Any) -> None:
    named(event, "TaskSucceeded", lambda one: one.update(type="TaskFailed"))


def tried_twice(event: Any) -> None:
    named(event, "TaskStarted", lambda one: one.update(type="TaskScheduled"))


def other_maker(answer: Any) -> None:
    item = json.loads(answer["Payload"].read())
    item["lastRun"]["maker"] = "another-maker"
    answer["Payload"] = io.BytesIO(json.dumps(item).encode())


def another_member(answer: Any) -> None:
    answer["CacheClusters"].append({**answer["CacheClusters"][0], "CacheClusterId": "pc-acceptance-002"})


def nameless(answer: Any) -> None:
    told = json.loads(answer["input"])
    answer["input"] = json.dumps({**told, "input": None})


def not_busy(answer: Any) -> None:
    """The first run is at work, and the second fails of something else."""
    answer.update({"status": "RUNNING"} if answer["name"] == FIRST else {"error": "Other"})


def by_group_alone(real: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    """The filter `group-id` finds nothing."""
    return {"SecurityGroupRules": []} if asked["Filters"][0]["Name"] == "group-id" else real(**asked)


def connections(*states: str) -> Lie:
    return lambda real, asked: {"VpcEndpointConnections": [{"VpcEndpointState": each} for each in states]}


def answering(**answer: Any) -> Lie:
    return lambda real, asked: answer


GROUPS = answering(TargetGroups=[{"TargetGroupArn": "x"}])
ROLE_TAGS = altering(lambda answer: answer["Tags"].append({"Key": "Cost-Centre", "Value": "1"}))
HISTORY, DESCRIBED = "get_execution_history", "describe_execution"

LIES: Final[Mapping[Check, tuple[str, Mapping[str, Lie]]]] = {
    before.stack_that_is_not_there: ("cloudformation", {"list_stack_resources": accepted}),
    before.bus_that_is_not_there: ("events", {"put_events": answering(FailedEntryCount=1, Entries=[{}])}),
    before.events_that_are_too_large: ("events", {"put_events": accepted}),
    before.listed_versions: (
        "elasticache",
        {"describe_cache_engine_versions": each("CacheEngineVersions", EngineVersion="latest")},
    ),
    before.filter_by_tag_key: ("ec2", {"describe_security_group_rules": accepted}),
    before.dry_run_comes_first: ("ec2", {"create_vpc_endpoint_service_configuration": refusing("InvalidParameter")}),
    before.interfaces_in_pages: (
        "ec2",
        {"describe_network_interfaces": each("NetworkInterfaces", Description="other")},
    ),
    runs.execution_is_described: ("stepfunctions", {DESCRIBED: refusing("ExecutionDoesNotExist")}),
    runs.execution_is_listed: ("stepfunctions", {"list_executions": empty("executions")}),
    runs.name_is_taken: ("stepfunctions", {"start_execution": accepted}),
    runs.second_run_is_busy: ("stepfunctions", {DESCRIBED: altering(not_busy)}),
    runs.end_is_told: ("stepfunctions", {"list_executions": empty("executions")}),
    runs.input_is_a_text: ("stepfunctions", {DESCRIBED: altering(nameless)}),
    runs.new_node_has_no_endpoint: (
        "elasticache",
        {"describe_cache_clusters": each("CacheClusters", CacheClusterStatus="creating")},
    ),
    runs.maker_has_legal_characters: ("lambda", {"invoke": altering(other_maker)}),
    runs.metadata_of_results: ("stepfunctions", {HISTORY: events(lambda one: named(one, "TaskSucceeded", longer))}),
    runs.waits_are_whole: ("stepfunctions", {HISTORY: later(-3000, "WaitStateExited")}),
    runs.target_is_soon_healthy: ("stepfunctions", {HISTORY: later(3000, "MapStateEntered", "Offer nodes")}),
    runs.service_needs_no_more_rights: ("stepfunctions", {HISTORY: events(failed)}),
    runs.tags_are_conditions: ("stepfunctions", {HISTORY: events(failed)}),
    runs.permissions_are_read_at_once: ("stepfunctions", {HISTORY: events(tried_twice)}),
    runs.role_is_soon_usable: ("stepfunctions", {HISTORY: later(3000, "TaskStateExited", "Ensure access role")}),
    runs.topic_asks_for_nothing: ("stepfunctions", {HISTORY: events(failed)}),
    standing.rule_filters: ("ec2", {"describe_security_group_rules": by_group_alone}),
    standing.second_service: (
        "ec2",
        {
            "create_vpc_endpoint_service_configuration": accepted,
            "delete_vpc_endpoint_service_configurations": accepted,
        },
    ),
    standing.absent_principal: ("ec2", {"modify_vpc_endpoint_service_permissions": accepted}),
    standing.tags_of_several: ("elbv2", {"describe_tags": accepted}),
    standing.subnet_of_another_account: ("ec2", {"describe_subnets": each("Subnets", OwnerId="999999999999")}),
    standing.interface_is_described: (
        "ec2",
        {"describe_network_interfaces": each("NetworkInterfaces", PrivateIpAddress="10.9.9.9")},
    ),
    standing.interface_is_alone: ("ec2", {"describe_network_interfaces": twice("NetworkInterfaces")}),
    standing.interface_has_the_address: ("ec2", {"describe_network_interfaces": empty("NetworkInterfaces")}),
    standing.interfaces_of_all: ("elasticache", {"describe_cache_clusters": altering(another_member)}),
    standing.names_are_public: ("ec2", {}),
    standing.current_role: ("elasticache", {"describe_replication_groups": each("ReplicationGroups", NodeGroups=[])}),
    standing.no_key_is_shown: ("elasticache", {"describe_replication_groups": each("ReplicationGroups", KmsKeyId="x")}),
    standing.unknown_node_type: ("elasticache", {"create_replication_group": refusing("InvalidNodeType")}),
    roles.is_listed: ("iam", {"list_roles": empty("Roles")}),
    roles.statements_stay_as_written: ("iam", {"get_role_policy": answering(PolicyDocument={})}),
    roles.change_is_soon_read: ("iam", {"get_role_policy": answering(PolicyDocument={})}),
    roles.policies_have_a_size: ("iam", {"put_role_policy": accepted}),
    roles.key_in_another_case: ("iam", {"list_role_tags": ROLE_TAGS}),
    roles.characters_of_tags: ("iam", {"tag_role": accepted}),
    paths.rules_are_returned: ("ec2", {"authorize_security_group_ingress": empty("SecurityGroupRules")}),
    paths.listener_comes_early: ("elbv2", {"create_listener": refusing("InvalidConfigurationRequest")}),
    paths.duplicates_by_tags: ("elbv2", {"create_target_group": GROUPS}),
    paths.subnets_come_early: ("elbv2", {"set_subnets": refusing("InvalidConfigurationRequest")}),
    paths.longest_tag: ("elbv2", {"add_tags": refusing("ValidationError")}),
    paths.absent_tag: ("elasticache", {"remove_tags_from_resource": accepted}),
    paths.tags_of_one_alone: ("elbv2", {"remove_tags": accepted}),
    paths.subnets_again: ("elbv2", {"set_subnets": empty("AvailabilityZones")}),
    paths.first_verdict_is_initial: (
        "elbv2",
        {"describe_target_health": each("TargetHealthDescriptions", TargetHealth={"State": "unhealthy"})},
    ),
    paths.zones_with_a_service_stay: ("elbv2", {"set_subnets": accepted}),
    paths.zones_without_a_service_go: ("elbv2", {"set_subnets": twice("AvailabilityZones")}),
    paths.deleted_balancer: ("elbv2", {"set_subnets": accepted}),
    consuming.pending_comes_first: ("ec2", {}),
    consuming.is_never_missing: ("ec2", {"describe_vpc_endpoint_connections": connections()}),
    consuming.connections_outlive_the_principal: (
        "ec2",
        {"describe_vpc_endpoint_connections": connections("deleting")},
    ),
    consuming.deleted_endpoint_leaves: ("ec2", {"describe_vpc_endpoint_connections": connections("available")}),
}
"""By the check: the service that lies, and how, by its operations."""


@dataclass(frozen=True)
class Standing:
    deployment: Deployment
    trial: Trial

    def told(self, service: str, lies: Mapping[str, Lie]) -> Trial:
        """The trial with a service that lies."""
        site = site_with(self.deployment, service, lies)
        made = Trial(site, self.trial.asked, self.trial.workspace, self.trial.execution, self.trial.busy)
        made.handoff, made.things = self.trial.handoff, self.trial.things
        return made


@pytest.fixture(scope="module")
def standing_connection(served: Served) -> Iterator[Standing]:
    """A connection that is READY, with what acceptance makes by itself beside it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.variables.items():
            patch.setenv(name, value)
        deployment = find_deployment(Place(variables=served.variables))
        outputs = {**deployment.outputs, "NodeEventTopicArn": "of a stack with node events"}
        deployment = replace(deployment, outputs=outputs)
        trial = Trial(Site(deployment), Asked(ACCOUNT), "0" * 32)
        trial.execution = start(deployment, "ProvisionArn", trial.request, FIRST)
        assert runs.second_run_is_busy(trial).state == "holds"
        outcome = watch(trial.client("stepfunctions"), trial.execution, QUIET, trial.site.pause)
        trial.handoff = json.loads(outcome.output or "{}")
        roles.made(trial), probes.security_group(trial), probes.target_group(trial), probes.balancer(trial)
        yield Standing(deployment, trial)
        assert clear(trial.site, lambda text: None, QUIET).succeeded


def test_every_check_is_lied_to() -> None:
    assert list(LIES) == list(dict.fromkeys(check for stage in TRIED.values() for _, check in stage))


@pytest.mark.parametrize("check", LIES, ids=lambda check: f"{check.__module__.rpartition('.')[2]}.{check.__name__}")
def test_a_check_notices_what_is_not_as_assumed(
    standing_connection: Standing, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, lies = LIES[check]
    trial = standing_connection.told(service, lies)
    _set_up(check, trial, monkeypatch)
    verdict = verdict_of(lambda: check(trial))
    assert verdict.state == "differs", verdict


def _set_up(check: Check, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """What some checks need beside a lie."""
    if check is standing.names_are_public:
        monkeypatch.setattr(Site, "emulated", False)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("8.8.8.8", 6379))])
    elif check is consuming.pending_comes_first:
        trial.things["states"] = "pending rejected"
    elif check is consuming.deleted_endpoint_leaves:
        monkeypatch.setattr(consuming, "disconnect", lambda trial: None)
    elif check is runs.second_run_is_busy:
        monkeypatch.setattr(runs, "start", lambda *_: trial.busy)


def test_a_public_name_that_leads_to_a_private_address_is_as_assumed(
    standing_connection: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "emulated", False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("10.0.0.7", 6379))])
    trial = standing_connection.told("ec2", {})
    assert standing.names_are_public(trial).state == "holds"
