"""What IAM checks at each request: an action, on each resource that the request touches, with condition keys.

`needs` answers that for the operations that act on resources. Every other operation needs its own action on all
resources, as most operations that only read do on AWS. Tags are read from moto's backends when the request arrives,
before it changes anything. The condition keys are those that policies commonly use: the tags of the request and of the
resource, the creation that a tagging call belongs to, the permissions boundary, the Region.

Source: Service Authorization Reference, for DynamoDB, EC2, Elastic Load Balancing V2, ElastiCache, EventBridge,
IAM, Step Functions and STS.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.authorization.dynamodb import RULES as DYNAMODB
from sandbox.authorization.ec2 import RULES as EC2
from sandbox.authorization.elasticache import RULES as ELASTICACHE
from sandbox.authorization.elbv2 import RULES as ELBV2
from sandbox.authorization.events import RULES as EVENTS
from sandbox.authorization.iam import RULES as IAM
from sandbox.authorization.request import Need, Request, Rule
from sandbox.authorization.states import RULES as STATES
from sandbox.authorization.sts import RULES as STS

__all__ = ["Need", "Request", "needs"]

RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "dynamodb": DYNAMODB,
    "ec2": EC2,
    "elasticache": ELASTICACHE,
    "elbv2": ELBV2,
    "events": EVENTS,
    "iam": IAM,
    "stepfunctions": STATES,
    "sts": STS,
}


def needs(request: Request) -> list[Need]:
    """Everything that must be allowed for this request, the operation's own action first."""
    rule = RULES.get(request.service, {}).get(request.operation)
    return [request.need("*")] if rule is None else list(rule(request))
