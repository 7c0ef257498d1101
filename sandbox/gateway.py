"""Every request to the account passes the gateway, which does what AWS does before a service carries it out.

It counts the request, lets its latency pass, checks the account's request rate, lets the guards authorize it, applies
a fault that is armed for it, and then lets the service carry it out. It replaces moto's `BaseResponse.call_action`, on
the service's side, so each retry of a client passes it too, in the process and over HTTP. The interpreter's calls to
Step Functions and Lambda are neither counted nor slowed: only those that a function makes are requests like all others.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ReadTimeoutError
from moto.core.responses import ActionResult, BaseResponse

from sandbox.authorization import Request
from sandbox.authorization.denials import UNAUTHORIZED, encoded
from sandbox.authorization.enforcement import caller
from sandbox.authorization.strangers import strange
from sandbox.callers import OWNER, Caller, calling
from sandbox.conditions import Bucket, Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.faults import NO_ANSWER, Armed, Fault
from sandbox.runs import Run, current
from sandbox.services.common import Refused, is_json
from sandbox.services.documented_filters import undocumented_filter
from sandbox.wire.replies import members
from sandbox.wire.requests import patience

OWN_SERVICES = frozenset({"stepfunctions", "lambda", "logs"})
# the wire codes differ by service: elb-api-throttling, ec2-api-throttling, CommonErrors of ElastiCache, IAM and Step
# Functions; a DynamoDB table on demand has ThrottlingException too ("Error handling with DynamoDB")
RATE_EXCEEDED = {
    "dynamodb": ("ThrottlingException", "Throughput exceeds the current capacity of your table or index."),
    "ec2": ("RequestLimitExceeded", "Request limit exceeded."),
    "stepfunctions": ("ThrottlingException", "Rate exceeded"),
}
THROTTLING = ("Throttling", "Rate exceeded")
FORBIDDEN = 403
ERROR_CODE = re.compile(r'<Code>([^<]+)</Code>|"__type": ?"(?:[^"#]+#)?([^"#]+)"')
"""The code of a refusal, in XML or in JSON."""

Answer = tuple[int, dict[str, str], str]
Carry = Callable[[BaseResponse], Answer]


@dataclass(frozen=True)
class Call:
    """One request that reached a service; `error` is the wire code of its refusal."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    error: str | None
    at: float
    body: object
    """Of the answer, as the service gave it."""

    @property
    def answer(self) -> Mapping[str, Any]:
        """The members of the operation's output, as a client reads them; none of a refusal."""
        return {} if self.error else members(self.service, self.operation, self.body)


class _Level:
    """The tokens left in a token bucket."""

    def __init__(self, bucket: Bucket, now: float) -> None:
        self.bucket, self.tokens, self.at = bucket, bucket.burst, now

    def admits(self, now: float) -> bool:
        self.tokens = min(self.bucket.burst, self.tokens + (now - self.at) * self.bucket.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Gateway:
    """While entered, all requests of all clients pass it."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.calls: Counter[str] = Counter()
        self.dry_runs: Counter[str] = Counter()
        """Requests of EC2 that ask for permission alone (EC2 API reference, DryRun). Of the faults they meet those that
        deny.
        """
        self.listeners: list[Callable[[Call], None]] = []
        self.guards: list[Callable[[Request], None]] = []
        """Each is called before a request is carried out, and raises Refused to deny it."""
        self._outside = Run()
        self._levels: dict[str, _Level] = {}
        self._lock = threading.RLock()

    def __enter__(self) -> "Gateway":
        self._original: Carry = BaseResponse.call_action
        gateway = self

        def call_action(response: BaseResponse) -> Answer:
            return gateway.handle(response)

        BaseResponse.call_action = call_action
        return self

    def __exit__(self, *_: object) -> None:
        BaseResponse.call_action = self._original

    @property
    def run(self) -> Run:
        """The run whose function or machine calls, or one that stands for all that no run does."""
        return current.get() or self._outside

    def arm(self, faults: list[Fault]) -> None:
        self.run.armed = Armed(faults)

    def disarm(self) -> list[Fault]:
        """Remove the faults. Returns those that no request met and that are not optional."""
        return self.run.disarm()

    def handle(self, response: BaseResponse) -> Answer:
        service, operation = response.boto3_service_name, response._get_action()
        by = calling(response.headers, self.conditions.sessions)
        if not operation or (service in OWN_SERVICES and caller.get() is None and by is OWNER):
            return self._original(response)
        dry = service == "ec2" and _is_true(response._get_param("DryRun"))
        for count in [self.dry_runs] if dry else [self.calls, self.run.calls]:
            count[f"{service}:{operation}"] += 1
        self.conditions.clock.sleep(self.conditions.latency.call)
        with self._lock:
            answer = self._judge(response, service, operation, dry, by)
        self._tell(service, operation, response, answer)
        return answer

    def _judge(self, response: BaseResponse, service: str, operation: str, dry: bool, by: Caller) -> Answer:
        # rates are an account's own: those of another one do not matter here
        if by.account == ACCOUNT and not self._within_rate(service, operation):
            return refuse(response, *RATE_EXCEEDED.get(service, THROTTLING))
        denied = self._denied(response, service, operation, by)
        if denied is not None:
            return refuse(response, denied.code, denied.message, 400 if is_json(service) else FORBIDDEN)
        unknown = undocumented_filter(service, operation, _parameters(response))
        if unknown is not None:
            return refuse(response, "InvalidParameterValue", f"The filter '{unknown}' is invalid.")
        fault = self.run.armed.take(f"{service}:{operation}", [UNAUTHORIZED] if dry else None)
        if fault is None:
            return self._original(response)
        if fault.inside:
            return self._failing(fault, response)
        if fault.applied:
            self._original(response)
        if fault.error == NO_ANSWER:
            self.conditions.clock.sleep(patience.get())
            raise ReadTimeoutError(endpoint_url=response.uri)
        return refuse(response, fault.error, _told(fault), fault.status)

    def _failing(self, fault: Fault, response: BaseResponse) -> Answer:
        """The service's own answer, in which all that the request names has failed."""
        self.conditions.failing_inside = (fault.error, _told(fault))
        try:
            return self._original(response)
        finally:
            self.conditions.failing_inside = None

    def _denied(self, response: BaseResponse, service: str, operation: str, by: Caller) -> Refused | None:
        if by is not OWNER and (unknown := strange(service, operation, by, self.conditions.now())):
            return unknown
        if not self.guards:
            return None
        request = Request(service, operation, _parameters(response), response.region, by)
        try:
            for guard in self.guards:
                guard(request)
        except Refused as refusal:
            return refusal
        return None

    def _within_rate(self, service: str, operation: str) -> bool:
        found = self.conditions.throttle.bucket(service, operation)
        if found is None:
            return True
        (kind, bucket), now = found, self.conditions.now()
        return self._levels.setdefault(f"{service}:{kind}", _Level(bucket, now)).admits(now)

    def _tell(self, service: str, operation: str, response: BaseResponse, answer: Answer) -> None:
        if not self.listeners:
            return
        status, _, body = answer
        found = ERROR_CODE.search(str(body)) if int(status) >= 400 else None
        code = (found[1] or found[2]) if found else None
        call = Call(service, operation, dict(_parameters(response)), code, self.conditions.now(), body)
        for listener in self.listeners:
            listener(call)


def _parameters(response: BaseResponse) -> Mapping[str, Any]:
    """Those of a request; moto does not read the JSON of Step Functions' by itself."""
    found: dict[str, Any] = (
        response._get_params() if response.automated_parameter_parsing else json.loads(response.body)
    )
    return found


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _told(fault: Fault) -> str:
    text = f"The sandbox was told to answer {fault.key} with this."
    return f"{text} {encoded(fault.key)}" if fault.error == UNAUTHORIZED else text


def refuse(response: BaseResponse, code: str, message: str, status: int = 400) -> Answer:
    """A refusal in the service's own wire format, with the id of the request."""
    _, headers, body = response.serialized(ActionResult(Refused(code, message)))
    headers, body = response._enrich_response({**headers, "status": str(status)}, body)
    return status, headers, body
