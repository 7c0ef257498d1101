"""A finding for each call that EC2 would deny to the run, most of them once a cluster has been bought."""

from collections.abc import Iterable, Iterator

from private_connection.preflight.facts import Denial
from private_connection.request.findings import Finding, finding


def check_denied(denials: Iterable[Denial]) -> Iterator[Finding]:
    for each in denials:
        yield finding(
            "CALL_DENIED",
            each.field,
            f"ec2:{each.operation}, which the run needs and EC2 denies, as a dry run shows: {each.cause.rstrip('.')}",
            "that the functions of this deployment may make this call",
            "have it allowed where the reason says that it is denied (a service control policy of the organization, or "
            "the permissions boundary of the deployment), then run again",
        )
