"""The errors a step may end in. A class's name is its Step Functions error name; Retry lists the `Retryable` ones.

This module also decides which error class each AWS error code becomes. Codes are those of the wire, which differ from
botocore's class names in whether they end in ``Fault`` or ``Exception`` (botocore service models).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

NAMED_AT_MOST = 50
"""Resources that a message or a report names one by one; the others are counted."""


class StepError(Exception):
    """A step could not do its work."""


class Retryable(StepError):
    """Trying again after some seconds may help."""


class Terminal(StepError):
    """Trying again changes nothing."""


class NotYetConsistent(Retryable):
    """An earlier change is not complete yet, or not visible to this call yet."""


class Throttled(Retryable):
    """AWS asks for fewer requests."""


class ServiceFault(Retryable):
    """AWS failed to answer, or answered with a fault of its own."""


class InvalidRequest(Terminal):
    """The input is malformed, contradicts itself or names what does not exist."""


class NotOurs(Terminal):
    """A resource that the step would have to use or change belongs to somebody else."""


class ClusterUnusable(Terminal):
    """The cluster exists, and cannot be connected."""


class ClusterNotReady(Terminal):
    """The cluster did not become available in time."""


class TargetsNeverHealthy(Terminal):
    """A node did not pass its health check in time."""


class QuotaExceeded(Terminal):
    """An AWS quota is used up."""


class AwsRejected(Terminal):
    """AWS refuses the call: a denial, a lack of capacity, an invalid value."""


class StepTimedOut(Terminal):
    """A function ran out of time, or crashed."""


class ConnectionInUse(Terminal):
    """Somebody is connected to an endpoint service."""


class ClusterInUse(Terminal):
    """Another connection uses the cluster."""


class ConnectionBusy(Terminal):
    """Another run works on the connection."""


class Overtaken(Terminal):
    """The connection is not as a repair was started for: it was changed, taken or torn down meanwhile."""


class NothingFound(Terminal):
    """Nothing of the connection exists."""


class RollbackIncomplete(Terminal):
    """A rollback could not remove everything that the run had made."""


THROTTLING = {
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
FAULTS = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServiceFailure",
    "ServiceUnavailable",
    "Unavailable",
}
QUOTAS = {"ServiceQuotaExceeded", "TagQuotaPerResourceExceeded", "TargetGroupAssociationLimit"}
ENCODED = "Encoded authorization failure message:"
"""What follows in a denial of EC2 are a thousand characters for sts:DecodeAuthorizationMessage, which are of use only
whole, and say what the words before them say.
"""
QUOTA_MARKS = (
    "LimitExceeded",
    "QuotaExceeded",
    "ForCustomerExceeded",
    "ForClusterExceeded",
    "PerReplicationGroupQuota",
)


@contextmanager
def doing(action: str, resource: str, *, not_yet: Collection[str] = ()) -> Iterator[None]:
    """Turns what boto3 raises inside into a `StepError` that names the action and the resource.

    ``action`` is a gerund with its kind of resource ("creating load balancer"), ``resource`` its id or name.
    ``not_yet`` lists codes that mean, for this call, that an earlier change is not visible everywhere yet.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(f"{action} ({resource})", error, not_yet) from error
    except (ConnectionError, HTTPClientError) as error:
        raise ServiceFault(f"{action} ({resource}): no answer from AWS: {error}") from error


def require_successful(
    action: str,
    unsuccessful: Sequence[Mapping[str, Any]],
    *,
    not_yet: Collection[str] = (),
    absent: Collection[str] = (),
) -> None:
    """Raises, as `doing` does, for the first refusal that EC2 put inside an answer with status 200.

    ``unsuccessful`` is that list of the answer. Refusals with a code in ``absent`` count as success.
    """
    for refusal in unsuccessful:
        error = refusal.get("Error", {})
        code, message = error.get("Code", ""), _readable(error.get("Message", ""))
        if code not in absent:
            kind = NotYetConsistent if code in not_yet else _kind(code, 200)
            raise kind(f"{action} ({refusal.get('ResourceId')}): {message} [{code}]")


def code_of(error: ClientError) -> str:
    """The wire code, such as ``TargetGroupNotFound``."""
    return error.response["Error"]["Code"]


def message_of(error: ClientError) -> str:
    """What AWS says beside the code, without what EC2 adds to a denial for machines; empty if it says nothing."""
    return _readable(error.response["Error"].get("Message", ""))


def _readable(message: str) -> str:
    return message.partition(ENCODED)[0].rstrip()


def _translated(doing_what: str, error: ClientError, not_yet: Collection[str]) -> StepError:
    code, message = code_of(error), message_of(error)
    kind = NotYetConsistent if code in not_yet else _kind(code, error.response["ResponseMetadata"]["HTTPStatusCode"])
    return kind(f"{doing_what}: {message} [{code}]")


def _kind(code: str, http_status: int) -> type[StepError]:
    if code in THROTTLING:
        return Throttled
    if code in FAULTS or http_status >= 500:
        return ServiceFault
    if code in QUOTAS or code.startswith("TooMany") or any(mark in code for mark in QUOTA_MARKS):
        return QuotaExceeded
    return AwsRejected
