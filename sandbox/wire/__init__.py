"""What lies between a client and a service, left out where nobody reads it.

A call inside the process still begins in botocore's client and ends in the service's response class: parameters are
checked, the endpoint is resolved, the gateway judges, retries are decided and waited for. What is left out is the
message between the two, which took three quarters of a call: a request is not signed, not written as HTTP and not read
again, and a result is not written as XML and read again. `reading` answers what a client would have read.

Calls whose body is no form (Step Functions, Lambda), refusals, and results that `reading` is not sure of take the long
way, and so does whoever comes over HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from botocore.endpoint import Endpoint
from botocore.parsers import ResponseParserFactory
from moto.core import models
from moto.core.botocore_stubber import BotocoreStubber

from sandbox.stepfunctions.patching import Seam, patched
from sandbox.wire import clients, replies, requests

callback_response = cache(models.CallbackResponse)


def seams() -> list[Seam]:
    """The private names of botocore and moto that are replaced while an account is open."""
    return [
        Seam(Endpoint, "create_request", requests.create_request(Endpoint.create_request)),
        Seam(BotocoreStubber, "__call__", replies.answer_request(BotocoreStubber.__call__, requests.Routes())),
        Seam(ResponseParserFactory, "create_parser", replies.create_parser(ResponseParserFactory.create_parser)),
        # moto makes a thousand of them for each account, for requests that take another way than botocore's
        Seam(models, "CallbackResponse", callback_response),
        *clients.seams(),
    ]


@contextmanager
def install() -> Iterator[None]:
    with patched(seams()):
        yield
