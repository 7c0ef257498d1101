"""The environment of a function. No other module reads it.

Lambda sets ``AWS_REGION``; ``template.yaml`` sets the rest for every function, and the table for those that use it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Settings:
    region: str
    """The Region that the functions run in, which is the connection's."""
    ververica_principal: str
    """The ARN of the principal that may connect and assume the access role."""
    permissions_boundary: str | None
    """The ARN of the permissions boundary of the deployment's roles, which an access role that it creates gets too."""
    access_role_path: str
    """The IAM path of the access roles that it creates. The grants on our roles are those of this path."""
    load_balancers: str
    """How the ARNs of its Network Load Balancers begin."""
    default_tags: Mapping[str, str]
    """Tags for everything that is made for any connection."""
    extendable_role_arns: tuple[str, ...]
    """The ARNs, or patterns of IAM, of other roles that it may put its policy on."""

    @property
    def partition(self) -> str:
        """The partition of AWS that it runs in, such as ``aws``."""
        return self.load_balancers.split(":")[1]

    @property
    def account(self) -> str:
        """The id of the account that it runs in."""
        return self.load_balancers.split(":")[4]

    @property
    def target_groups(self) -> str:
        """How the ARNs of its target groups begin."""
        return f"{self.load_balancers.removesuffix('loadbalancer/net')}targetgroup"

    @property
    def ververica_account(self) -> str:
        """The id of the account in ``arn:aws:iam::<account>:root`` (IAM User Guide, "IAM identifiers")."""
        return self.ververica_principal.split(":")[4]


@cache
def settings() -> Settings:
    """The settings, read once in the life of an execution environment.

    Raises `LookupError` naming the variable that is missing, which is a defect of the deployment.
    """
    return Settings(
        region=_required("AWS_REGION"),
        ververica_principal=_required("VERVERICA_PRINCIPAL"),
        permissions_boundary=os.environ.get("PERMISSIONS_BOUNDARY") or None,
        access_role_path=_required("ACCESS_ROLE_PATH"),
        load_balancers=_required("LOAD_BALANCERS"),
        default_tags=_pairs(os.environ.get("DEFAULT_TAGS", "")),
        extendable_role_arns=tuple(filter(None, os.environ.get("EXTENDABLE_ROLE_ARNS", "").split(","))),
    )


def registry_table() -> str:
    """The name of the table in which the connections are registered; the functions that use it are given it.

    Raises `LookupError` in another one, which is a defect of the deployment.
    """
    return _required("REGISTRY")


def reconcile_mode() -> str:
    """What becomes of drift where a connection does not say: repair, report or off. Given to Find drift alone."""
    return _required("RECONCILE_MODE")


def minutes_between_sweeps() -> int:
    """0 where no schedule starts them. Given to Compose plan alone."""
    return int(_required("RECONCILE_MINUTES"))


def provision_machine() -> str:
    """The ARN of the machine Provision. Given to Start repairs alone."""
    return _required("PROVISION")


def recover_machine() -> str:
    """The ARN of the machine Recover. Given to Start repairs alone."""
    return _required("RECOVER")


def notice_bus() -> str:
    """The name of the event bus on which is told what happens to connections. Given to the functions that tell."""
    return _required("NOTICE_BUS")


def stack() -> str:
    """The name of the deployment's stack, which tells its metrics from another one's."""
    return _required("STACK")


def node_events_topic() -> str | None:
    """The ARN of the topic that a new cluster tells of its nodes, None without one. Given to Ensure cluster, and to
    Compose plan, because it has alarms.
    """
    return os.environ.get("NODE_EVENTS_TOPIC") or None


def _pairs(text: str) -> Mapping[str, str]:
    """``key=value,key=value`` as a mapping; a value may have an equals sign, a key has none."""
    pairs = (each.strip().partition("=") for each in text.split(",") if each.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise LookupError(f"reading the environment ({name}): the variable is not set")
    return value
