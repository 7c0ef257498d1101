"""What lies between a client and a service, left out where nobody reads it.

A call inside the process still begins in botocore's client and ends in the service's response class: parameters are
checked, the endpoint is resolved, the gateway judges, retries are decided and waited for. What is left out is the
message between the two, which took three quarters of a call: a request is not signed, not written as HTTP and not read
again, and a result is not written as XML and read again. `reading` answers what a client would have read.

Calls whose body is no form (Step Functions, Lambda), refusals, and results that `reading` is not sure of take the long
way, and so does whoever comes over HTTP.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from botocore.endpoint import Endpoint
from botocore.parsers import ResponseParserFactory
from moto import mock_aws
from moto.core import models
from moto.core.botocore_stubber import BotocoreStubber

from sandbox.stepfunctions.patching import Seam, patched
from sandbox.wire import clients, replies, requests


def _enable_patching(this: models.MockAWS, reset: bool = True) -> None:
    """As moto does it, but for a thousand patterns by which it would answer what the library `requests` asks of AWS:
    nothing asks so here, and what does is refused.
    """
    models.botocore_stubber.enabled = True
    if reset:
        this.reset()
    models.responses_mock.start()
    for method in models.RESPONSES_METHODS:
        models.responses_mock.add(models.CallbackResponse(method, AWS, models.not_implemented_callback))


AWS: Final = re.compile(r"https?://.+\.amazonaws.com/.*")
UNANSWERED: Final = Seam(models.MockAWS, "_enable_patching", _enable_patching)


def seams() -> list[Seam]:
    """The private names of botocore and moto that are replaced while an account is open."""
    return [
        Seam(Endpoint, "create_request", requests.create_request(Endpoint.create_request)),
        Seam(BotocoreStubber, "__call__", replies.answer_request(BotocoreStubber.__call__, requests.Routes())),
        Seam(ResponseParserFactory, "create_parser", replies.create_parser(ResponseParserFactory.create_parser)),
        UNANSWERED,
        *clients.seams(),
    ]


@contextmanager
def install() -> Iterator[None]:
    with patched(seams()):
        yield


@contextmanager
def mocked(config: dict[str, Any] | None = None) -> Iterator[None]:
    """Moto as it is, for botocore's clients: what an account has beside the rest."""
    with ExitStack() as entered:
        with patched([UNANSWERED]):
            entered.enter_context(mock_aws(config=config))
        yield
