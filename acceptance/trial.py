"""What checks work with: the connection, the runs, and what they left."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from acceptance.names import CLUSTER, CONNECTION
from acceptance.site import Site
from acceptance.verdicts import NotTried
from private_connection_cli.problems import explained
from private_connection_cli.watch.history import History
from private_connection_cli.watch.steps import Steps

ENDS: Final = ("TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "TaskStartFailed")
"""How an attempt of a Task ends in a history."""


@dataclass
class Asked:
    """What the caller said."""

    account: str
    cluster: str | None = None
    """An existing cluster to adopt; None: one is created."""
    subnets: tuple[str, ...] = ()
    """Those for a cluster that is created; none: the default VPC's."""
    consumer: str | None = None
    """The AWS profile of the account that connects."""
    consumer_subnets: tuple[str, ...] = ()
    """Those of that account in which the endpoints may be made; none: all that it has, which have to be of one VPC."""
    keep_going: bool = False
    """Whether the rest is tried after a difference."""


class Story:
    """An execution as its history tells it."""

    def __init__(self, states: Any, execution: str) -> None:
        self.execution = execution
        with explained():
            machine = states.describe_state_machine_for_execution(executionArn=execution)
        self.definition: dict[str, Any] = json.loads(machine["definition"])
        self.steps = Steps(machine["definition"])
        self.events = History(states, execution).read()
        for each in self.events:
            self.steps.add(each)

    def seconds(self, state: str) -> float:
        """From its first entry to its last exit. Raises NotTried if it was not entered."""
        step = self.steps.steps.get(state)
        ends = [each.left for each in step.entries if each.left] if step else []
        if step is None or not ends:
            raise NotTried(f"the run did not come by the state {state!r}")
        return (max(ends) - step.entries[0].entered).total_seconds()

    def attempts(self, state: str) -> int:
        """How many attempts it took at most in one entry."""
        step = self.steps.steps.get(state)
        if step is None:
            raise NotTried(f"the run did not come by the state {state!r}")
        return max(each.attempts for each in step.entries)

    def failure(self, state: str) -> str | None:
        """Why its last attempt failed; None if it succeeded. Raises NotTried if it was not entered."""
        self.attempts(state)
        ends = [each for each in self.events if each["type"] in ENDS and self._state(each) == state]
        if ends and ends[-1]["type"] == "TaskSucceeded":
            return None
        return self.steps.steps[state].failure or "it did not end"

    def _state(self, event: Mapping[str, Any]) -> str:
        """The state that an event of an attempt belongs to."""
        known = {each["id"]: each for each in self.events}
        found: Mapping[str, Any] | None = event
        while found is not None and "stateEnteredEventDetails" not in found:
            found = known.get(found["previousEventId"])
        return str(found["stateEnteredEventDetails"]["name"]) if found is not None else ""

    def between(self, first: str, then: str) -> float:
        """From the last exit of one state to the first entry of another. Raises NotTried if either is missing."""
        self.seconds(first), self.seconds(then)
        begun = max(each.left for each in self.steps.steps[first].entries if each.left)
        return (self.steps.steps[then].entries[0].entered - begun).total_seconds()


@dataclass
class Trial:
    site: Site
    asked: Asked
    workspace: str
    """128 random bits: no workspace has this id, so nobody at Ververica can use the role."""
    execution: str = ""
    """Of the run that provisions."""
    busy: str = ""
    """Of the run that came while that one was at work."""
    handoff: Mapping[str, Any] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    """The ids of what acceptance made by itself, by what they are."""
    measured: dict[str, float] = field(default_factory=dict)
    """Seconds that checks saw AWS take, by what for."""

    @property
    def request(self) -> dict[str, Any]:
        created: dict[str, Any] = {"subnetIds": list(self.asked.subnets)} if self.asked.subnets else {}
        cluster = {"id": self.asked.cluster} if self.asked.cluster else {"id": CLUSTER, "create": created}
        return {
            "connection": CONNECTION,
            "workspaceId": self.workspace,
            "cluster": cluster,
            "accessPolicy": "scoped",
            "reconcile": "off",
        }

    def client(self, service: str) -> Any:
        return self.site.client(service)

    @cached_property
    def story(self) -> Story:
        """Of the run that provisioned, once it has ended."""
        return Story(self.client("stepfunctions"), self.execution)

    @property
    def endpoint(self) -> Mapping[str, Any]:
        """Of the first node."""
        found: Mapping[str, Any] = self.handoff["endpoints"][0]
        return found

    @property
    def created_cluster(self) -> str:
        """The cluster's id. Raises NotTried if it was adopted."""
        if self.asked.cluster:
            raise NotTried("the cluster was adopted: it is not modified")
        return CLUSTER

    @cached_property
    def service(self) -> Mapping[str, Any]:
        """The endpoint service of the first node, as EC2 describes it."""
        answer = self.client("ec2").describe_vpc_endpoint_service_configurations(
            ServiceIds=[self.endpoint["serviceId"]]
        )
        (found,) = answer["ServiceConfigurations"]
        return dict(found)

    @cached_property
    def balancer(self) -> Mapping[str, Any]:
        """The load balancer of the first node."""
        (arn,) = self.service["NetworkLoadBalancerArns"]
        (found,) = self.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
        return dict(found)

    @cached_property
    def members(self) -> list[Mapping[str, Any]]:
        """The cluster's nodes, as ElastiCache describes its cache clusters."""
        return list(self._members(str(self.handoff["clusterId"])))

    def _members(self, cluster: str) -> Iterator[Mapping[str, Any]]:
        pages = self.client("elasticache").get_paginator("describe_cache_clusters").paginate(ShowCacheNodeInfo=True)
        for page in pages:
            for each in page["CacheClusters"]:
                if cluster in (each.get("ReplicationGroupId"), each["CacheClusterId"]):
                    yield each
