"""What a connection will cost, at the prices of AWS's own list, for a plan. A run never asks for prices.

What has no price is a line without an amount, and its note says why: a plan never fails for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from private_connection.contracts import Contract
from private_connection.preflight.price_list import CURRENCY, SAMPLE, Price, PriceList, Product, Unknown
from private_connection.settings import minutes_between_sweeps, node_events_topic, settings

HOURS: Final = 730
"""Of a month, as AWS's own calculator counts."""
CENTS, FINER = Decimal("0.01"), Decimal("0.0001")
RUN, RUN_OF_NODE = 170, 7
"""State transitions of a run, and those of each node (docs/performance.md)."""
SWEEP: Final = 10
"""State transitions of a sweep that finds nothing to repair."""
SWEPT_METRICS: Final = 6
"""Metrics that every sweep writes. CloudWatch counts a metric for the hours in which it has values."""
ALARMS: Final = 18
"""Alarms of a deployment, without those of its schedule and of node events."""
ALARM_OF_SCHEDULE: Final = 1
ALARMS_OF_NODE_EVENTS: Final = 2
OFFERED = (("operation", "LoadBalancing:Network"),)
BALANCER: Final = Product("AWSELB", "LoadBalancerUsage", "Hrs", OFFERED)
CAPACITY: Final = Product("AWSELB", "LCUUsage", "LCU-Hrs", OFFERED)
TRANSITION: Final = Product("AmazonStates", "StateTransition", "StateTransitions", (("group", "SFN-StateTransitions"),))
ALARM: Final = Product("AmazonCloudWatch", "CW:AlarmMonitorUsage", "Alarms", (("productFamily", "Alarm"),))
METRIC: Final = Product("AmazonCloudWatch", "CW:MetricMonitorUsage", "Metrics", (("productFamily", "Metric"),))
BOARD_USAGE: Final = "DashboardsUsageHour-Basic"
BOARD: Final = Product("AmazonCloudWatch", BOARD_USAGE, "Dashboards", (("usagetype", BOARD_USAGE),), everywhere=True)
"""A dashboard of at most 50 metrics."""
NOT_COUNTED: Final = (
    "traffic: the capacity of load balancers beyond rest, and data that crosses zones",
    "the interface endpoints, which the other side pays for",
    "functions, logs, traces, the table, queues and events, which cost by use",
    "free tiers, discounts and taxes",
)
THERE: Final = "the cluster, which is there already"
BACKUPS: Final = "backups of the cluster"
UNKNOWN_NODES: Final = "nodes that are known when the cluster is available: their load balancers, and the run for them"
UNSWEPT: Final = "sweeps, which no schedule starts, and their metrics"
Part = Literal["connection", "run", "deployment"]


class NodesMade(Contract):
    """Cache nodes that a run creates."""

    type: str
    """Such as ``cache.t4g.micro``."""
    engine: str
    count: int


class Quantities(Contract):
    """What a plan knows of amounts."""

    load_balancers: int
    """Those that are asked for, one for each node that is known."""
    made: tuple[NodesMade, ...] = ()
    """Empty where the cluster is there already."""
    staying: int = 0
    """Load balancers that are not asked for and stay all the same, such as those at which somebody is connected."""
    nodes_known: bool = True
    """Whether there are no other nodes."""


class CostLine(Contract):
    what: str
    part: Part
    """A month of the connection, the run once, or a month of the deployment, which all connections share."""
    quantity: float
    """Units of a month, or of the run."""
    unit: str
    """As the price list calls it."""
    unit_price: float | None
    """US dollars for a unit, beyond what is free; null where the price is not known."""
    amount: float | None
    """US dollars a month, or for the run; null where the price is not known."""
    note: str
    """The price in the list's own words, or why it is not known."""


class Totals(Contract):
    """US dollars, of the lines that have an amount; null where none has."""

    connection: float | None
    run: float | None
    deployment: float | None


class Cost(Contract):
    currency: Literal["USD"]
    lines: tuple[CostLine, ...]
    totals: Totals
    complete: bool
    """Whether every line has an amount."""
    note: str | None
    """``sample price`` where prices are made up."""
    not_counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """So much of a product."""

    what: str
    part: Part
    product: Product
    quantity: Decimal
    shown: Decimal = CENTS
    """What an amount is rounded to."""


def estimate(quantities: Quantities) -> Cost:
    """The cost of what a plan is about. It asks the price list some times, and raises nothing when that does not help.

    Raises `LookupError` where the environment lacks the minutes between sweeps, which is a defect of the deployment.
    """
    ours = settings()
    prices = PriceList(ours.region, ours.partition)
    minutes = minutes_between_sweeps()
    found = [(item, prices.price(item.product)) for item in (*_of_connection(quantities), *_of_deployment(minutes))]
    lines = tuple(_line(item, price) for item, price in found)
    return Cost(
        currency=CURRENCY,
        lines=lines,
        totals=Totals(
            connection=_sum(lines, "connection"), run=_sum(lines, "run"), deployment=_sum(lines, "deployment")
        ),
        complete=all(each.amount is not None for each in lines),
        note=SAMPLE if any(isinstance(price, Price) and price.is_sample for _, price in found) else None,
        not_counted=tuple(_left_out(quantities, minutes)),
    )


def _of_connection(quantities: Quantities) -> Iterator[_Item]:
    count, staying = quantities.load_balancers, quantities.staying
    if count:
        yield _Item(_counted(count, "load balancer"), "connection", BALANCER, Decimal(count * HOURS))
    if staying:
        what = f"{_counted(staying, 'load balancer')} that {'stays' if staying == 1 else 'stay'}"
        yield _Item(what, "connection", BALANCER, Decimal(staying * HOURS))
    if count or staying:
        yield _Item("their capacity at rest", "connection", CAPACITY, Decimal(0))
    for each in quantities.made:
        yield _Item(_counted(each.count, f"{each.type} node"), "connection", _node(each), Decimal(each.count * HOURS))
    if count:
        yield _Item("the run", "run", TRANSITION, Decimal(RUN + RUN_OF_NODE * count), FINER)


def _of_deployment(minutes: int) -> Iterator[_Item]:
    alarms = ALARMS + ALARM_OF_SCHEDULE * bool(minutes) + ALARMS_OF_NODE_EVENTS * bool(node_events_topic())
    yield _Item(f"{alarms} alarms", "deployment", ALARM, Decimal(alarms))
    yield _Item("the dashboard", "deployment", BOARD, Decimal(1))
    if minutes:
        sweeps = Decimal(HOURS * 60) / minutes
        written = SWEPT_METRICS * min(Decimal(1), Decimal(60) / minutes)
        yield _Item(f"sweeps, every {minutes} minutes", "deployment", TRANSITION, sweeps * SWEEP)
        yield _Item(f"{SWEPT_METRICS} metrics of sweeps", "deployment", METRIC, written)


def _node(made: NodesMade) -> Product:
    attributes = (("cacheEngine", made.engine.capitalize()), ("instanceType", made.type))
    return Product("AmazonElastiCache", f"NodeUsage:{made.type}", "Hrs", attributes)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _line(item: _Item, price: Price | Unknown) -> CostLine:
    return CostLine(
        what=item.what,
        part=item.part,
        quantity=float(item.quantity),
        unit=item.product.unit,
        unit_price=float(price.amount) if isinstance(price, Price) else None,
        amount=float((item.quantity * price.amount).quantize(item.shown)) if isinstance(price, Price) else None,
        note=price.description if isinstance(price, Price) else price.reason,
    )


def _sum(lines: Sequence[CostLine], part: Part) -> float | None:
    amounts = [Decimal(str(each.amount)) for each in lines if each.part == part and each.amount is not None]
    return float(sum(amounts)) if amounts else None


def _left_out(quantities: Quantities, minutes: int) -> Iterator[str]:
    yield from NOT_COUNTED
    yield BACKUPS if quantities.made else THERE
    if not quantities.nodes_known:
        yield UNKNOWN_NODES
    if not minutes:
        yield UNSWEPT
