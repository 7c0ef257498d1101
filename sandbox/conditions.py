"""The conditions of a sandbox account: latencies, service quotas and request rates.

A latency that the world gives is exact. One that it leaves out is drawn for each resource from a triangular
distribution between the shortest, the typical and the 95th-percentile time seen on AWS. Each kind has its own seeded
stream: the n-th load balancer of a seed takes the same time whatever happened before it, and so does a registration
behind it, so that two ways of doing the same job can be compared. AWS publishes few of these figures; they come from
logs and issue trackers, and the rate of mutating Elastic Load Balancing requests is an assumption.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sandbox.callers import Caller

if TYPE_CHECKING:
    from sandbox.clock import Clock

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""The id of an event for which there is no bus."""


class Model(BaseModel):
    """A frozen piece of a world's YAML; keys are camelCase there."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Latency(Model):
    """Seconds by kind; None is drawn from SPREADS."""

    call: float = 0.3
    task: float = 0.15
    cold_start: float = 1.2
    event: float = 1.0
    security_group_visibility: float = 0.0
    cluster: float | None = None
    cluster_deletion: float | None = None
    modification: float | None = None
    tagging: float | None = None
    snapshot: float | None = None
    load_balancer: float | None = None
    load_balancer_visibility: float | None = None
    load_balancer_deletion: float | None = None
    registration: float | None = None
    target_group_release: float | None = None
    endpoint_service: float | None = None
    endpoint_service_deletion: float | None = None
    endpoint_service_listing: float | None = None
    connection: float | None = None
    rejection: float | None = None
    disconnection: float | None = None
    interface_deletion: float | None = None
    iam_propagation: float | None = None
    execution_seen: float = 0.0
    """How long whoever asks after an execution does not see that it has started, or ended."""
    execution_result: float = 0.0
    """How long DescribeExecution then shows one that has ended without its output, error and cause."""
    item_visibility: float = 1.0
    """How long a read that is not consistent answers the older item."""


# kind: least, typical, 95th percentile
SPREADS = {
    "cluster": (300.0, 480.0, 900.0),
    "cluster_deletion": (120.0, 300.0, 900.0),
    "modification": (300.0, 750.0, 1800.0),
    "tagging": (5.0, 20.0, 60.0),
    "snapshot": (30.0, 60.0, 120.0),
    "load_balancer": (90.0, 150.0, 240.0),
    "load_balancer_visibility": (0.2, 0.5, 2.0),
    "load_balancer_deletion": (1.0, 10.0, 60.0),
    "registration": (60.0, 120.0, 240.0),
    "target_group_release": (0.0, 2.0, 60.0),
    "endpoint_service": (0.0, 5.0, 60.0),
    "endpoint_service_deletion": (1.0, 15.0, 120.0),
    "endpoint_service_listing": (30.0, 60.0, 120.0),
    "connection": (20.0, 90.0, 180.0),
    "rejection": (1.0, 10.0, 60.0),
    "disconnection": (5.0, 30.0, 120.0),
    "interface_deletion": (5.0, 30.0, 120.0),
    "iam_propagation": (1.0, 3.0, 10.0),
}


READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
"""What the operations that only read begin with."""


class Quotas(BaseModel):
    """Service quotas by the names that AWS gives them; the defaults are AWS's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_kebab, populate_by_name=True)

    network_load_balancers: int = 50
    target_groups: int = 3000
    listeners_per_network_load_balancer: int = 50
    targets_per_target_group: int = 1000
    nodes_per_region: int = 300
    nodes_per_cluster: int = 90
    subnet_groups: int = 300
    subnets_per_subnet_group: int = 20
    interface_endpoints_per_vpc: int = 50
    security_groups: int = 2500
    rules_per_security_group: int = 60
    roles: int = 1000
    trust_policy_length: int = 2048
    inline_policy_length: int = 10_240


class Bucket(Model):
    """A token bucket: `burst` requests at once, then `rate` a second."""

    burst: float = Field(gt=0)
    rate: float = Field(gt=0)


class ElbRates(Model):
    describe: Bucket = Bucket(burst=40, rate=10)
    mutate: Bucket = Bucket(burst=10, rate=3)


class Rates(Model):
    describe: Bucket = Bucket(burst=100, rate=20)
    mutate: Bucket = Bucket(burst=50, rate=5)


class GenerousRates(Model):
    describe: Bucket = Bucket(burst=100, rate=20)
    mutate: Bucket = Bucket(burst=100, rate=20)


class TableRates(Model):
    """Of a table on demand (developer guide, "On-demand capacity mode": what a new table serves at once)."""

    describe: Bucket = Bucket(burst=12_000, rate=12_000)
    mutate: Bucket = Bucket(burst=4_000, rate=4_000)


class MachineRates(Model):
    """Of DescribeExecution and StartExecution in most Regions (Step Functions developer guide, "Service quotas")."""

    describe: Bucket = Bucket(burst=250, rate=10)
    mutate: Bucket = Bucket(burst=800, rate=150)


class Throttle(Model):
    """Request rates by service, as the account and region share them (elb-api-throttling, ec2-api-throttling)."""

    dynamodb: TableRates = TableRates()
    elbv2: ElbRates = ElbRates()
    ec2: Rates = Rates()
    elasticache: GenerousRates = GenerousRates()
    iam: GenerousRates = GenerousRates()
    stepfunctions: MachineRates = MachineRates()

    def bucket(self, service: str, operation: str) -> tuple[str, Bucket] | None:
        """The name of the bucket that the operation takes from, and its size."""
        rates = getattr(self, service, None)
        if rates is None:
            return None
        kind = "describe" if operation.startswith(READS) else "mutate"
        return kind, getattr(rates, kind)


@dataclass
class Draws:
    """The times, in seconds, that the resources of one kind take, one after another."""

    spread: tuple[float, float, float]
    given: float | None
    random: Random

    def next(self) -> float:
        low, typical, high = self.spread
        return self.random.triangular(low, high, typical) if self.given is None else self.given


@dataclass
class Conditions:
    """What the services know of the world besides its resources."""

    clock: "Clock"
    seed: int = 0
    latency: Latency = field(default_factory=Latency)
    quotas: Quotas = field(default_factory=Quotas)
    throttle: Throttle = field(default_factory=Throttle)
    refused_zones: frozenset[str] = frozenset()
    refused_balancer_zones: frozenset[str] = frozenset()
    placements: dict[str, str] = field(default_factory=dict)
    late_nodes: dict[str, float] = field(default_factory=dict)
    """By the id of a member: the seconds after its group is available at which it is."""
    exhausted_zones: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    deleted_load_balancers: Literal["listed", "dropped"] = "listed"
    service_zones: Literal["followed", "kept"] = "followed"
    consumer: str | None = None
    failing_inside: tuple[str, str] | None = None
    """The code and the message with which each thing fails that the present request names."""
    answers: Callable[[str], bool] | None = None
    """Whether a real server answers that stands for the node at an address; None where no servers stand for nodes."""
    put_event: Callable[[Mapping[str, Any]], str] = lambda entry: NOBODY
    """Takes an entry of PutEvents, and answers with the id of its event."""
    announce: Callable[[str, str, float], None] = lambda topic, text, at: None
    """Publishes a text to the topic of an ARN at a moment."""
    enter: Callable[[str, str], None] = lambda account, region: None
    """Lays what another account holds in a Region, once, before somebody of that account looks."""
    sessions: dict[str, Caller] = field(default_factory=dict)
    """Those that AssumeRole gave out, by access key."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._draws: dict[tuple[str, float | None], Draws] = {}

    def now(self) -> float:
        return self.clock.now()

    def account_of(self, what: str, named: str | None) -> str:
        """The account that `what` names, else the consumer's. Raises ValueError when neither is known."""
        found = named or self.consumer
        if found is None:
            raise ValueError(f"{what} names no account, and neither the world nor the template names the consumer's")
        return found

    def draw(self, kind: str) -> float:
        """The time, in seconds, that the next resource of this kind takes, by the latency that holds now."""
        return self._draws.setdefault((kind, getattr(self.latency, kind)), self.draws(kind)).next()

    def draws(self, kind: str, *of: object) -> Draws:
        """A separate stream for the resources of this kind that belong to `of`. The same seed gives the same stream."""
        stream = "/".join(map(str, (self.seed, kind, *of)))
        return Draws(SPREADS[kind], getattr(self.latency, kind), Random(stream))
