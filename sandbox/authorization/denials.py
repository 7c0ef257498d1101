"""Denials as AWS writes them: the wire code, the sentence, and for EC2 an encoded message of about 1,000 characters.

Sources: IAM User Guide, "Troubleshoot access denied error messages"; EC2 User Guide, "Required permissions" (a denial
of an action on a resource carries a message that sts:DecodeAuthorizationMessage decodes); answers of AWS that were
published: kubernetes/kops#12671 and kubernetes-sigs/aws-load-balancer-controller#3917 (Elastic Load Balancing, also for
an EC2 action that it calls in the caller's name), mitodl/ol-infrastructure#5670 (IAM names a role without its ARN),
kubernetes-sigs/aws-load-balancer-controller#2322 (a service control policy). A service whose API speaks JSON has
another code, and status 400: DynamoDB developer guide, "Error handling with DynamoDB"; Step Functions API reference,
"Common Errors".
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Final

from sandbox.authorization.request import Need
from sandbox.services.common import Refused, is_json

UNAUTHORIZED: Final = "UnauthorizedOperation"
"""EC2's code; the others have AccessDenied, or AccessDeniedException."""
ENCODED_LENGTH: Final = 1_000
NOT_MADE_YET: Final = re.compile(r"(?:sg-|sgr-|vpce-svc-|eni-)?0{16,17}$")
ROLE: Final = re.compile(r"arn:aws:iam::\d+:role/(?:.*/)?(.+)")
BY_ORGANIZATION: Final = "with an explicit deny in a service control policy"
BY_POLICY: Final = "with an explicit deny in an identity-based policy"


def unallowed(action: str, policy: str = "identity-based policy") -> str:
    """The reason where nothing allows the action: no policy of this type does."""
    return f"because no {policy} allows the {action} action"


def denial(service: str, user: str, need: Need, reason: str) -> Refused:
    """The refusal by `service` of a request that needs this; `user` is the ARN of the caller's session."""
    on = f" on resource: {_shown(need)}" if need.resource != "*" else ""
    told = f"User: {user} is not authorized to perform: {need.action}{on} {reason}"
    if service == "ec2":
        details = f". {encoded(told)}" if on else ""
        return Refused(UNAUTHORIZED, f"You are not authorized to perform this operation. {told}{details}")
    return Refused("AccessDeniedException" if is_json(service) else "AccessDenied", told)


def _shown(need: Need) -> str:
    """A resource that would be made has no id yet: AWS writes * for it."""
    role = ROLE.fullmatch(need.resource)
    if role is not None and need.action.startswith("iam:"):
        return f"role {role[1]}"
    return NOT_MADE_YET.sub("*", need.resource)


def encoded(text: str) -> str:
    """What EC2 adds to a denial: as long as AWS's, and the same for the same text."""
    return f"Encoded authorization failure message: {''.join(islice(_characters(text), ENCODED_LENGTH))}"


def _characters(text: str) -> Iterator[str]:
    for number in count():
        yield from base64.urlsafe_b64encode(hashlib.sha256(f"{number} {text}".encode()).digest()).decode().rstrip("=")
