"""Who asks, for what, and whether that is meant: nothing is made before."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import typer

from acceptance.names import CLUSTER
from acceptance.site import MOST_SECONDS
from acceptance.trial import Asked
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Exit, Problem, explained

BALANCER, NODE, RUNS = 0.0225, 0.016, 0.02
"""Dollars in us-east-1: an hour of a load balancer, an hour of a cache.t4g.micro, and all runs with their functions."""
ENDPOINT: Final = 0.01
"""Dollars an hour of an interface endpoint, which the other account pays."""


def read(variables: Mapping[str, str], account: str) -> Asked:
    """What the variables of `make acceptance` say. Raises Problem unless ACCEPT is the account that asks."""
    accept = variables.get("ACCEPT", "")
    if accept != account:
        found = f"ACCEPT is {accept}" if accept else "ACCEPT is not set"
        raise Problem(f"{found}, the account that asks is {account}: make acceptance ACCEPT={account}", Exit.USAGE)
    cluster, subnets = variables.get("CLUSTER") or None, _subnets(variables, "SUBNETS")
    if cluster and subnets:
        raise Problem("CLUSTER names a cluster that has its subnets: leave SUBNETS out", Exit.USAGE)
    if cluster and cluster.lower() == CLUSTER:
        raise Problem(f"CLUSTER={cluster}: a cluster of this name is deleted at the end: leave CLUSTER out", Exit.USAGE)
    profile, other = variables.get("CONSUMER_PROFILE") or None, _subnets(variables, "CONSUMER_SUBNETS")
    if other and profile is None:
        raise Problem("CONSUMER_SUBNETS are those of a second account: name its CONSUMER_PROFILE", Exit.USAGE)
    return Asked(account, cluster, subnets, profile, other, variables.get("KEEP_GOING") == "1")


def _subnets(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(each for each in re.split(r"[\s,]+", variables.get(name, "")) if each)
    wrong = [each for each in found if not re.fullmatch(r"subnet-[0-9a-z-]+", each)]
    if wrong:
        raise Problem(f"{name}: found {wrong[0]}, expected ids such as subnet-0a1b,subnet-2c3d", Exit.USAGE)
    return found


def consumer_account(asked: Asked, deployment: Deployment) -> str | None:
    """The account of CONSUMER_PROFILE. Raises Problem unless it is the one that the stack offers connections to, and
    can place endpoints, which takes subnets of one VPC.
    """
    if asked.consumer is None:
        return None
    place = Place(profile=asked.consumer, region=str(deployment.client("sts").meta.region_name))
    with explained():
        found = str(place.client("sts").get_caller_identity()["Account"])
    principal = deployment.parameters.get("VervericaPrincipal", "")
    if f":{found}:" not in principal:
        told = f"CONSUMER_PROFILE is of account {found}, and the stack's VervericaPrincipal is {principal}"
        raise Problem(f"{told}: deploy with arn:aws:iam::{found}:root", Exit.USAGE)
    require_one_vpc(place.client("ec2"), asked.consumer_subnets)
    return found


def require_one_vpc(ec2: Any, named: Sequence[str]) -> None:
    """Raises Problem unless the subnets that are named, else all of the account in its Region, are of one VPC."""
    with explained():
        pages = ec2.get_paginator("describe_subnets").paginate(**({"SubnetIds": list(named)} if named else {}))
        vpcs = sorted({str(each["VpcId"]) for page in pages for each in page["Subnets"]})
    if len(vpcs) != 1:
        which = "CONSUMER_SUBNETS are" if named else "the second account's subnets are"
        told = f"{which} of {' and '.join(vpcs) or 'no VPC'}: name subnets of one VPC in CONSUMER_SUBNETS"
        raise Problem(told, Exit.USAGE)


def told(asked: Asked, deployment: Deployment, caller: str, region: str) -> Iterator[str]:
    """What is about to happen, a line each."""
    yield f"account   {asked.account} ({caller})"
    yield f"Region    {region}, stack {deployment.stack}"
    cluster = f"adopts the cluster {asked.cluster}" if asked.cluster else "creates a cluster of one cache.t4g.micro"
    yield f"it makes  a connection: {cluster}, a role with a policy, a security group rule; for each node"
    yield "          a target group, a Network Load Balancer with a listener, an endpoint service"
    yield "          beside it: a role that allows nothing, a security group, a target group, a load balancer,"
    yield "          for some minutes an endpoint service, and tags on its own cluster"
    hours = MOST_SECONDS / 3600
    cost = hours * (2 * BALANCER + (0 if asked.cluster else NODE)) + RUNS
    yield f"it costs  some ${cost:.2f} in us-east-1, as prices were; more where the cluster has several nodes"
    yield "          AWS bills hours that have begun: the taking away may begin another, at most as much again"
    if asked.consumer:
        yield f"          the other account ({asked.consumer}) pays ${ENDPOINT:.2f} an hour and node for endpoints"
    yield f"it ends   after {hours * 60:.0f} minutes at the latest, then takes everything away again"


def confirm() -> None:
    """Asks again where somebody sits at a terminal. Raises Problem if he does not agree."""
    if sys.stdin is None or not sys.stdin.isatty():
        return
    try:
        agreed = typer.confirm("go on?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise Problem("nothing was made", Exit.INTERRUPTED)
