"""The cells of the fault matrix: what is done to which call of which machine, and how the run may end.

Rows are what runs really call (`observation`), columns are here. A cell whose run succeeds made everything, once; one
whose run fails has one of the cell's errors, and left nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.faults import Fault
from tests.faults.observation import FOR_EVER, LATE, observed

DENIAL = {"ec2": "UnauthorizedOperation", "elbv2": "AccessDenied", "elasticache": "AccessDenied", "iam": "AccessDenied"}
RATE = {"ec2": "RequestLimitExceeded", "elbv2": "Throttling", "elasticache": "Throttling", "iam": "Throttling"}


@dataclass(frozen=True)
class Column:
    """One way to go wrong. Without errors, the run is to succeed all the same."""

    name: str
    error: str
    errors: frozenset[str] = frozenset()
    times: int = FOR_EVER
    applied: bool = False

    def fault(self, operation: str) -> Fault:
        code = {"denied": DENIAL, "throttled": RATE}.get(self.error, {}).get(operation.partition(":")[0], self.error)
        return Fault(operation=operation, error=code, times=self.times, applied=self.applied)


def _ending_in(*names: str) -> frozenset[str]:
    return frozenset(names)


THROTTLED = Column("throttled for ever", "throttled", _ending_in("Throttled"))
DENIED = Column("denied", "denied", _ending_in("AwsRejected"))
BROKEN = Column("500 for ever", "InternalError", _ending_in("ServiceFault"))
BROKEN_ONCE = Column("500 once", "InternalError", times=1)
LOST_ONCE = Column("answer lost once", "InternalError", times=1, applied=True)
LOST = Column("answer lost for ever", "InternalError", _ending_in("ServiceFault"), applied=True)
COLUMNS = (THROTTLED, DENIED, BROKEN, BROKEN_ONCE, LOST_ONCE, LOST)

SHOWN_BY_A_DRY_RUN = ("ec2:CreateSecurityGroup", "ec2:CreateVpcEndpointServiceConfiguration")
TIMED_OUT = _ending_in("StepTimedOut")
TIMES_OUT = "times out for ever"
TIMEOUTS = ((TIMES_OUT, FOR_EVER, False), ("times out once", 1, False), ("times out once, its work done", 1, True))

QUOTA, REJECTED, NOT_YET = _ending_in("QuotaExceeded"), _ending_in("AwsRejected"), _ending_in("NotYetConsistent")
REFUSALS = {
    "ec2:AuthorizeSecurityGroupIngress": {
        "RulesPerSecurityGroupLimitExceeded": QUOTA,
        "InvalidGroup.NotFound": NOT_YET,
    },
    "ec2:CreateSecurityGroup": {"SecurityGroupLimitExceeded": QUOTA},
    "ec2:CreateTags": {"TagLimitExceeded": QUOTA},
    "ec2:CreateVpcEndpointServiceConfiguration": {"VpcEndpointLimitExceeded": QUOTA, "InvalidParameter": REJECTED},
    "elasticache:CreateCacheSubnetGroup": {"CacheSubnetGroupQuotaExceeded": QUOTA, "InvalidSubnet": REJECTED},
    "elasticache:CreateReplicationGroup": {
        "NodeQuotaForCustomerExceeded": QUOTA,
        "ClusterQuotaForCustomerExceeded": QUOTA,
        "InsufficientCacheClusterCapacity": REJECTED,
        "InvalidVPCNetworkStateFault": REJECTED,
    },
    "elbv2:CreateListener": {"TooManyListeners": QUOTA, "TargetGroupAssociationLimit": QUOTA | NOT_YET},
    "elbv2:CreateLoadBalancer": {
        "TooManyLoadBalancers": QUOTA,
        "InvalidSubnet": REJECTED,
        "AvailabilityZoneNotSupported": REJECTED,
    },
    "elbv2:CreateTargetGroup": {"TooManyTargetGroups": QUOTA},
    "elbv2:RegisterTargets": {"TooManyTargets": QUOTA, "InvalidTarget": NOT_YET},
    "iam:CreateRole": {"LimitExceeded": QUOTA, "ConcurrentModification": NOT_YET},
    "iam:PutRolePolicy": {"LimitExceeded": QUOTA, "ConcurrentModification": NOT_YET},
}
"""What the service itself answers to a creation, for quota, capacity or state, and the error that it is to become."""


@dataclass(frozen=True)
class Cell:
    """`machine` is provision, teardown, or rollback: a provision that fails late, whose rollback meets the fault.

    `ground` is where it runs, if not where that machine usually does: where provision has run before, and things have
    happened since, this is a run that is to leave every path as it was.
    """

    machine: str
    mode: str
    row: str
    column: str
    fault: Fault
    errors: frozenset[str]
    road: tuple[Fault, ...] = ()
    """Faults that bring the run to the row's function."""
    shared: bool = False
    """Whether teardown calls the operation too: the fault is tried until `Roll back`, and through it."""
    ground: str = ""

    @property
    def again(self) -> bool:
        return self.ground in AGAIN


AGAIN = ("moved", "damaged", "bereft")
"""Grounds on which provision has run before."""


def cells(machine: str, mode: str, columns: tuple[Column, ...] = COLUMNS) -> list[Cell]:
    """A cell for each operation that an undisturbed run calls and each column."""
    shared = set(observed("teardown", mode).operations) if machine == "provision" else set()
    return [
        Cell(
            machine,
            mode,
            operation,
            column.name,
            column.fault(operation),
            column.errors | _in_advance(machine, mode, operation, column),
            (),
            operation in shared,
        )
        for operation in operations(machine, mode)
        for column in columns
    ]


def _in_advance(machine: str, mode: str, operation: str, column: Column) -> frozenset[str]:
    """A denial that a dry run shows ends a run before it buys a cluster."""
    shown = (machine, mode) == ("provision", "create") and operation in SHOWN_BY_A_DRY_RUN
    return _ending_in("InvalidRequest") if shown and column == DENIED else frozenset()


def operations(machine: str, mode: str) -> tuple[str, ...]:
    if machine == "rollback":
        return observed("provision", mode, (LATE,)).rolling_back
    return observed(machine, mode).operations


def refusals(mode: str) -> Iterator[Cell]:
    for operation in operations("provision", mode):
        for code, errors in REFUSALS.get(operation, {}).items():
            yield Cell(
                "provision", mode, operation, code, Fault(operation=operation, error=code, times=FOR_EVER), errors
            )


def timeouts(machine: str, mode: str) -> Iterator[Cell]:
    """A cell for each function of a machine and each way to time out."""
    functions = dict.fromkeys(observed(machine, mode).functions, ()) | {"explain_failure": EXPLAINED[machine]}
    for function, road in functions.items():
        for name, times, applied in TIMEOUTS:
            fault = Fault(function=function, error="Timeout", times=times, applied=applied)
            ending = TIMED_OUT if times == FOR_EVER else frozenset()
            if road:
                ending |= REJECTED
            yield Cell(machine, mode, function, name, fault, ending, road)
    if machine == "provision":
        yield from _timed_out_verdicts(mode)


def _timed_out_verdicts(mode: str) -> Iterator[Cell]:
    """The verdict on health is given only where nodes stay unhealthy: so the run fails in any case."""
    step, ground = "judge_target_health", "never healthy"
    for name, times, applied in TIMEOUTS:
        fault = Fault(function=step, error="Timeout", times=times, applied=applied)
        ending = TIMED_OUT if times == FOR_EVER else _ending_in("TargetsNeverHealthy")
        yield Cell("provision", mode, step, name, fault, ending, ground=ground)


UNASKED = DENIED.fault("ec2:DescribeVpcEndpointConnections").model_copy(update={"skip": 1})
"""The first look at connections is answered, and the check of who is connected, which comes next, is not."""
EXPLAINED = {
    "provision": (LATE,),
    "teardown": (UNASKED,),
}
"""What brings a run to explaining its failure."""


def reruns(ground: str, mode: str) -> Iterator[Cell]:
    """Provision run again: each call that changes something denied, each function timed out."""
    found = observed("provision", mode, (), ground)
    for operation in found.operations:
        if not operation.partition(":")[2].startswith(("Describe", "Get", "List")):
            fault = DENIED.fault(operation)
            yield Cell("provision", mode, operation, f"denied, {ground}", fault, DENIED.errors, ground=ground)
    for function in found.functions:
        fault = Fault(function=function, error="Timeout", times=FOR_EVER)
        yield Cell("provision", mode, function, f"{TIMES_OUT}, {ground}", fault, TIMED_OUT, ground=ground)


def every(mode: str) -> list[Cell]:
    """The whole matrix of a mode."""
    return [
        *cells("provision", mode),
        *refusals(mode),
        *timeouts("provision", mode),
        *cells("rollback", mode, (DENIED, BROKEN, BROKEN_ONCE, LOST_ONCE, LOST)),
        *cells("teardown", mode),
        *timeouts("teardown", mode),
        *(cell for ground in AGAIN for cell in reruns(ground, mode)),
    ]
