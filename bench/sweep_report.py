"""The sweeps of fleets as a table, as JSON, as bounds that they must keep, and as a section of the note."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Final

from bench.claims import MOST_BYTES, Claim
from bench.fleet import PER_WORKSPACE
from bench.report import measurements
from bench.sweeps import A_MONTH, MINUTES, Swept

CALLS_BESIDE, CALLS_BY_NODE = 14, 4
TRANSITIONS, BATCH = 10, 25
"""A sweep's state transitions with one batch of nodes, and how many nodes are in one."""
MOST_ELB, MOST_EC2 = 7.0, 5.0
"""Per cent of the requests to describe that the account may make between two sweeps."""
MANY: Final = 1_000
"""Connections for which the shares are bounded."""
MOST_EVENTS: Final = 5_000
MOST_WRITES: Final = 3
"""Claim, cursor and record."""
SERVICES: Final[Mapping[str, str]] = {
    "elasticache": "ElastiCache",
    "elbv2": "ELB",
    "ec2": "EC2",
    "iam": "IAM",
    "dynamodb": "DynamoDB",
    "stepfunctions": "Step Functions",
}
SAID: Final = f"""## Sweeps

One sweep of connections that were provisioned and that the consumer has connected to: *quiet*, with nothing changed,
and *moved*, with every node of every connection at another address. Up to {PER_WORKSPACE} connections share a
workspace and so a role; each has a cluster and a security group of its own. The fleets are laid from one connection
that is really provisioned (`bench/seeding.py`).

- **looked at**: nodes that the sweep looked at closely. The others' turn comes in the sweeps after it.
- **of ELB**, **of EC2**: of the requests to describe that AWS lets the account make in {MINUTES} minutes, the part
  that one sweep takes. Those are 10 a second of [Elastic Load Balancing][elb], all actions together, and 20 a second of
  each action of [EC2][ec2]; here all actions of EC2 are held against those of one.
- **time**: without the repairs, which a sweep starts and leaves, and without the wait for those that are left over.

[elb]: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/throttling.html
[ec2]: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""


def sweep_claims(found: Iterable[Swept]) -> list[Claim]:
    return [claim for each in found for claim in (_moved(each) if each.fleet.moved else _quiet(each))]


def _quiet(swept: Swept) -> Iterator[Claim]:
    name, looked_at = named(swept), swept.looked_at
    yield Claim(f"{name}: requests that change more than the sweep's item", len(swept.others), 0)
    yield Claim(f"{name}: writes of the sweep's item", swept.writes, MOST_WRITES)
    yield Claim(f"{name}: AWS calls", swept.measured.api_calls, CALLS_BESIDE + CALLS_BY_NODE * looked_at)
    yield Claim(f"{name}: state transitions", swept.measured.state_transitions, most_transitions(looked_at))
    yield Claim(f"{name}: bytes in any state", swept.measured.max_payload_bytes, MOST_BYTES)
    if swept.fleet.connections == MANY:
        yield Claim(f"{name}: per cent of ELB's rate", swept.share("elbv2"), MOST_ELB)
        yield Claim(f"{name}: per cent of EC2's rate", swept.share("ec2"), MOST_EC2)


def _moved(swept: Swept) -> Iterator[Claim]:
    yield Claim(f"{named(swept)}: bytes in any state", swept.measured.max_payload_bytes, MOST_BYTES)
    yield Claim(f"{named(swept)}: history events", swept.measured.history_events, MOST_EVENTS)


def most_transitions(looked_at: int) -> int:
    """Of a quiet sweep: one more for each batch of nodes after the first."""
    return TRANSITIONS + max(0, ceil(looked_at / BATCH) - 1)


def named(swept: Swept) -> str:
    fleet = swept.fleet
    return f"sweep of {fleet.connections:,} × {fleet.nodes}, {_how(swept)}"


def _how(swept: Swept) -> str:
    return "moved" if swept.fleet.moved else "quiet"


def as_json(found: Iterable[Swept]) -> list[dict[str, object]]:
    return [
        {
            "connections": each.fleet.connections,
            "nodes": each.fleet.nodes,
            "moved": each.fleet.moved,
            "seconds": round(each.measured.seconds, 3),
            **measurements(each.measured),
            "calls": dict(each.calls),
            "nodesLookedAt": each.looked_at,
            "elbSharePercent": round(each.share("elbv2"), 3),
            "ec2SharePercent": round(each.share("ec2"), 3),
            "repairsStarted": each.started,
            "aMonth": {name: of(each) for name, of in MONTHLY.items()},
        }
        for each in found
    ]


MONTHLY: Final[Mapping[str, Callable[[Swept], float]]] = {
    "sweeps": lambda _: A_MONTH,
    "stateTransitions": lambda each: A_MONTH * each.measured.state_transitions,
    "lambdaInvocations": lambda each: A_MONTH * each.invocations,
    "dynamodbRequests": lambda each: A_MONTH * each.requests("dynamodb"),
    "costUsd": lambda each: round(A_MONTH * each.measured.cost_usd, 2),
}
"""What the sweeps of 30 days come to, if all are like this one."""


def section(found: Sequence[Swept]) -> str:
    quiet = [each for each in found if not each.fleet.moved]
    parts = [
        SAID,
        _table([*FACTS], [_facts(each) for each in found]),
        "\nCalls by service:\n",
        _table(["fleet", "", *SERVICES.values()], [[*_fleet(each), *_calls(each)] for each in found]),
        f"\nA month of quiet sweeps is {A_MONTH:,}, one every {MINUTES} minutes of 30 days. The cost is that of Step "
        "Functions and Lambda, as above. DynamoDB, on demand, charges by requests.\n",
        _table(
            ["fleet", "transitions", "invocations", "DynamoDB requests", "cost"],
            [[_fleet(each)[0], *_month(each)] for each in quiet],
        ),
        "",
    ]
    return "\n".join(parts)


FACTS: Final = (
    "fleet",
    "",
    "looked at",
    "repairs",
    "AWS calls",
    "of ELB",
    "of EC2",
    "transitions",
    "events",
    "largest payload",
    "time",
)


def _fleet(swept: Swept) -> tuple[str, str]:
    return f"{swept.fleet.connections:,} × {swept.fleet.nodes} nodes", _how(swept)


def _facts(swept: Swept) -> list[str]:
    measured = swept.measured
    return [
        *_fleet(swept),
        *(f"{count:,}" for count in (swept.looked_at, swept.started, measured.api_calls)),
        *(f"{swept.share(service):.2f} %" for service in ("elbv2", "ec2")),
        *(f"{count:,}" for count in (measured.state_transitions, measured.history_events)),
        f"{measured.max_payload_bytes / 1024:,.1f} KiB",
        f"{measured.seconds:,.0f} s",
    ]


def _calls(swept: Swept) -> list[str]:
    return [f"{swept.requests(service):,}" for service in SERVICES]


def _month(swept: Swept) -> list[str]:
    counts = (MONTHLY[name](swept) for name in ("stateTransitions", "lambdaInvocations", "dynamodbRequests"))
    return [*(f"{count:,}" for count in counts), f"${MONTHLY['costUsd'](swept):,.2f}"]


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """In Markdown: the first column, and one without a heading after it, hold words, the others figures."""
    rows = [*lines]
    words = 2 if "" in head else 1
    rule = "|".join(["---"] * words + ["--:"] * (len(head) - words))
    return "\n".join([f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])
