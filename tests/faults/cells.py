"""The cells of the fault matrix: what is done to which call of which machine, and how the run may end.

Rows are what runs really call (`observation`), columns are here. A cell whose run succeeds made everything, once; one
whose run fails has one of the cell's errors, and left nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.faults import Fault
from tests.faults.observation import FOR_EVER, LATE, observed

DENIAL = {
    "dynamodb": "AccessDeniedException",
    "ec2": "UnauthorizedOperation",
    "elasticache": "AccessDenied",
    "elbv2": "AccessDenied",
    "events": "AccessDeniedException",
    "iam": "AccessDenied",
    "stepfunctions": "AccessDeniedException",
}
RATE = {
    "dynamodb": "ThrottlingException",
    "ec2": "RequestLimitExceeded",
    "elasticache": "Throttling",
    "elbv2": "Throttling",
    "events": "ThrottlingException",
    "iam": "Throttling",
    "stepfunctions": "ThrottlingException",
}


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

TELLING = "events:PutEvents"
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
    """`machine` is provision, teardown, recover, or rollback: a provision that fails late, whose rollback meets the
    fault; or finish: a provision that finishes a run that died.

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
        return self.ground in (*AGAIN, DIED)

    @property
    def books(self) -> bool:
        """Whether the fault is one of the registry, which never stops a rollback."""
        return self.row.startswith("dynamodb:")


AGAIN = ("moved", "damaged", "bereft")
"""Grounds on which provision has run before."""
DIED = "died"
"""The ground on which a run has died that had made everything, and holds the connection."""


def cells(machine: str, mode: str, columns: tuple[Column, ...] = COLUMNS) -> list[Cell]:
    """A cell for each operation that an undisturbed run calls and each column."""
    if machine in ("recover", "finish"):
        return [
            Cell(machine, mode, operation, column.name, column.fault(operation), column.errors)
            for operation in operations(machine, mode)
            if operation != ASKING
            for column in _at(operation, columns)
        ]
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
        for column in _at(operation, columns)
    ]


def _at(operation: str, columns: tuple[Column, ...]) -> Iterator[Column]:
    """What nobody hears of fails no run."""
    yield from (replace(each, errors=frozenset()) if operation == TELLING else each for each in columns)


def _in_advance(machine: str, mode: str, operation: str, column: Column) -> frozenset[str]:
    """A denial that a dry run shows ends a run before it buys a cluster."""
    shown = (machine, mode) == ("provision", "create") and operation in SHOWN_BY_A_DRY_RUN
    return _ending_in("InvalidRequest") if shown and column == DENIED else frozenset()


def operations(machine: str, mode: str) -> tuple[str, ...]:
    if machine == "rollback":
        return observed("provision", mode, (LATE,)).rolling_back
    if machine == "finish":
        finishing = observed("recover", mode).operations  # a forced teardown, which asks for less
        return tuple(each for each in observed("teardown", mode).operations if each in finishing)
    return observed(machine, mode).operations


def later_books(machine: str, mode: str) -> Iterator[Cell]:
    """The registry's answers after the first of each operation: to Record connection and to Release connection."""
    calls = observed(machine, mode).report.api_calls
    for operation in operations(machine, mode):
        for skip in range(1, calls[operation] if operation.startswith("dynamodb:") else 1):
            for column in COLUMNS:
                fault = column.fault(operation).model_copy(update={"skip": skip})
                yield Cell(machine, mode, operation, f"{column.name}, after {skip}", fault, column.errors)


def asking(mode: str) -> Iterator[Cell]:
    """What Step Functions answers about a run that died. While it refuses to, that run counts as alive."""
    for machine in ("provision", "teardown"):
        for column in COLUMNS:
            errors = _ending_in("ConnectionBusy") if column == DENIED else column.errors
            yield Cell(machine, mode, ASKING, f"{column.name}, died", column.fault(ASKING), errors, ground=DIED)
    for column in COLUMNS:
        if column == DENIED:  # what is refused for ever is waited for to the limit, which is tried with the stops
            column = replace(column, name="denied, for a time", times=3, errors=frozenset())
        yield Cell("recover", mode, ASKING, column.name, column.fault(ASKING), column.errors)


def refusals(mode: str) -> Iterator[Cell]:
    for operation in operations("provision", mode):
        for code, errors in REFUSALS.get(operation, {}).items():
            yield Cell(
                "provision", mode, operation, code, Fault(operation=operation, error=code, times=FOR_EVER), errors
            )


def timeouts(machine: str, mode: str) -> Iterator[Cell]:
    """A cell for each function of a machine and each way to time out."""
    functions = dict.fromkeys(observed(machine, mode).functions, ()) | {"explain_failure": EXPLAINED[machine]}
    functions |= {"allow_principal": (LATE,)} if machine == "teardown" else {}  # a service that cannot be stopped
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


ASKING = "stepfunctions:DescribeExecution"
UNASKED = DENIED.fault("ec2:DescribeVpcEndpointConnections").model_copy(update={"skip": 1})
"""The first look at connections is answered, and the check of who is connected, which comes next, is not."""
EXPLAINED = {
    "provision": (LATE,),
    "teardown": (UNASKED,),
    "recover": (DENIED.fault("dynamodb:GetItem"),),
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
        *later_books("provision", mode),
        *later_books("teardown", mode),
        *asking(mode),
        *cells("recover", mode),
        *timeouts("recover", mode),
        *cells("finish", mode, (DENIED, BROKEN, BROKEN_ONCE, LOST_ONCE, LOST)),
        *(cell for ground in AGAIN for cell in reruns(ground, mode)),
    ]
