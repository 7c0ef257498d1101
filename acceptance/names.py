"""What acceptance calls the things that it makes, by which it finds them again after an interruption."""

import os
from pathlib import Path
from typing import Final

CONNECTION: Final = "make-acceptance"
CLUSTER: Final = "pc-acceptance"
"""The cluster's id where one is created."""
PROBE: Final = "private-connection-acceptance"
"""The name of its role and its security group, and the key of the tag on everything that it makes by itself."""
CHECKOUT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = Path(os.environ.get("ACCEPTANCE_FOLDER") or CHECKOUT / "build")
"""Where the report is written, and what is kept of an acceptance that is at work."""
SHORT: Final = "pc-acceptance-probe"
"""The name of its target group and its load balancer."""


def tags(workspace: str) -> list[dict[str, str]]:
    """Those of what it makes by itself, as EC2, Elastic Load Balancing and IAM take them."""
    return [{"Key": PROBE, "Value": workspace}]


def specified(kind: str, workspace: str) -> list[dict[str, object]]:
    """The tags of an EC2 resource that is about to be made."""
    return [{"ResourceType": kind, "Tags": tags(workspace)}]
