"""What AWS asks a caller's policies at each request: an action, on each resource that it touches, in a context.

`needs` answers that for the operations that act on resources; every other operation asks for its own action on all
resources, which is what the services offer for most that only look. Tags are read in moto's backends when the request
arrives, before it changes anything. Only keys that policies commonly rest on are supplied: tags of the request and of
the resource, what a tagging call belongs to, the permissions boundary, the region.

Source: Service Authorization Reference, for EC2, Elastic Load Balancing V2, ElastiCache and IAM.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.authorization.ec2 import RULES as EC2
from sandbox.authorization.elasticache import RULES as ELASTICACHE
from sandbox.authorization.elbv2 import RULES as ELBV2
from sandbox.authorization.iam import RULES as IAM
from sandbox.authorization.request import Need, Request, Rule

__all__ = ["Need", "Request", "needs"]

RULES: Final[Mapping[str, Mapping[str, Rule]]] = {"ec2": EC2, "elasticache": ELASTICACHE, "elbv2": ELBV2, "iam": IAM}


def needs(request: Request) -> list[Need]:
    """Everything that must be allowed for this request, the operation's own action first."""
    rule = RULES.get(request.service, {}).get(request.operation)
    return [request.need("*")] if rule is None else list(rule(request))
