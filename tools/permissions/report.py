"""build/permissions.md: which role may call which action on which resource, and which run needs it.

The page for readers is docs/permissions.md (`page.py`): it changes with the template only, this with every run.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.deployment.resolver import ACCOUNT
from tools.deployment import REGION
from tools.permissions.audit import Audit
from tools.permissions.policies import Grant
from tools.permissions.recorded import Need
from tools.permissions.refusals import BEYOND_IAM, NOT_EXPRESSIBLE

OUTPUT = Path("build/permissions.md")
NAMED = 2
"""Scenarios that are named for a grant; the others are counted."""


def write(audit: Audit, path: Path = OUTPUT) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(_lines(audit)) + "\n")


def _lines(audit: Audit) -> Iterator[str]:
    yield from ("# Permissions", "", f"{audit.summary}.", "")
    yield from ("Who may do what, as deployed, and the recorded run that needs it.", "")
    yield from table(("function or machine", "action", "resource", "condition", "needed by"), _grants(audit.used))
    yield from ("", "## What must be refused, and is", "")
    yield from table(("function", "action", "requests", "altered"), _refused(audit))
    yield from ("", "## What IAM cannot refuse, and what does instead", "")
    beyond = ((each.action, each.kind, each.alteration, each.reason) for each in BEYOND_IAM)
    yield from table(("action", "resource", "foreign because", "prevented by"), beyond)
    yield from ("", *(f"- {each}" for each in NOT_EXPRESSIBLE), "")
    yield from ("## Policies of AWS's own that SAM attaches", "")
    yield from (f"- `{arn}`: {len(who)} roles" for arn, who in sorted(audit.managed.items()))
    if audit.problems:
        yield from ("", "## Problems", "", *(f"- {each}" for each in audit.problems))


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(each.replace("|", "\\|") for each in row) + " |"


def _grants(used: Mapping[Grant, list[Need]]) -> Iterator[Sequence[str]]:
    for grant, needs in sorted(used.items()):
        if needs:
            yield grant.who, grant.action, general(grant.resource), general(grant.condition), _reasons(needs)


def general(text: str) -> str:
    """An ARN or a condition as code, for whatever account and Region."""
    return f"`{text.replace(ACCOUNT, '<account>').replace(REGION, '<region>')}`" if text else ""


def _reasons(needs: Sequence[Need]) -> str:
    reasons = sorted({why for need in needs for why in need.why}, key=lambda why: (len(why), why))
    more = len(reasons) - NAMED
    return "; ".join(reasons[:NAMED]) + (f"; and {more} more" if more > 0 else "")


def _refused(audit: Audit) -> Iterator[Sequence[str]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for refusal in audit.refused:
        found = counts.setdefault((refusal.need.who, refusal.need.action), {})
        found[refusal.alteration] = found.get(refusal.alteration, 0) + 1
    for (who, action), found in sorted(counts.items()):
        yield who, action, str(sum(found.values())), "; ".join(sorted(found))
