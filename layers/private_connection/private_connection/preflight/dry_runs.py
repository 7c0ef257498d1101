"""Dry runs: whether EC2 would deny what a run needs after its cluster, asked before that cluster is bought.

A dry run changes nothing. EC2 answers it with ``DryRunOperation`` to who may make the call and with
``UnauthorizedOperation`` to who may not (EC2 API reference, DryRun). Any other answer says nothing of the permission.
Each call has the tags of the real one, because policies ask for them. Other services have no dry run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from private_connection import clients
from private_connection.cluster.admission import sources_of, unadmitted
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.security_groups import DESCRIPTION, group_to_open
from private_connection.contracts import NodePlace, Owner, ZoneSubnets
from private_connection.errors import code_of, message_of
from private_connection.naming import cluster_resource, node_resource
from private_connection.ownership import tags_of
from private_connection.preflight.facts import Denial, Facts, RefusedLook, known
from private_connection.request.models import ConnectionRequest
from private_connection.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

DENIED = "UnauthorizedOperation"
MAKER = "dry-run"
"""Stands for the run in tags that nothing ever gets."""
UNKNOWN = "0000000000000000"
"""Stands for the id of a load balancer that does not exist yet."""
Call = tuple[str, str]
"""The API's name of it, and the field of the request that asks for it."""
NEW_GROUP: Call = ("CreateSecurityGroup", "cluster.create.securityGroupIds")
NEW_RULE: Call = ("AuthorizeSecurityGroupIngress", "cluster.create.securityGroupIds")
NEW_SERVICE: Call = ("CreateVpcEndpointServiceConfiguration", "connection")
DryRun = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule that the run will add to a group that the request names."""

    group_id: str
    ranges: tuple[str, ...]


def foresee_opening(
    request: ConnectionRequest, facts: Facts, foreseen: Sequence[NodePlace], everywhere: ZoneSubnets
) -> Opening | None:
    """The rule, if it is certain that one is needed: no range in which a load balancer may sit is admitted yet."""
    create, groups, rules = request.cluster.create, known(facts.paths.groups, ()), facts.paths.rules
    if create is None or not groups or isinstance(rules, RefusedLook):
        return None
    used = {place.subnet_id for place in foreseen} | set(everywhere.values())
    subnets = (each for each in facts.creation.subnets if not foreseen or each.id in used)
    sources = sources_of(request.ingress, subnets)
    missing = unadmitted(rules, create.port, sources)
    certain = bool(sources) and set(missing) == sources
    return Opening(group_to_open(groups).id, tuple(sorted(missing))) if certain else None


def find_denials(owner: Owner, plan: ClusterPlan, opening: Opening | None) -> tuple[Denial, ...]:
    """The calls that EC2 would deny to a run which creates this cluster; at most three are asked for."""
    creation = plan.creation
    if creation is None:
        return ()
    asked = _asked(owner, plan.id, creation, opening)
    return tuple(Denial(*call, cause) for call, dry_run in asked if (cause := _denial(dry_run)) is not None)


def _asked(
    owner: Owner, cluster_id: str, creation: ClusterCreation, opening: Opening | None
) -> Iterator[tuple[Call, DryRun]]:
    if not creation.security_group_ids:
        yield NEW_GROUP, _new_security_group(owner, cluster_id, creation.vpc_id)
    if opening is not None:
        yield NEW_RULE, _new_rule(owner, cluster_id, creation.port, opening)
    yield NEW_SERVICE, _new_endpoint_service(owner, cluster_id, creation)


def _new_security_group(owner: Owner, cluster_id: str, vpc_id: str) -> DryRun:
    return partial(
        clients.ec2().create_security_group,
        GroupName=cluster_resource(cluster_id),
        Description=DESCRIPTION,
        VpcId=vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags_of(owner, cluster=cluster_id)}],
    )


def _new_rule(owner: Owner, cluster_id: str, port: int, opening: Opening) -> DryRun:
    permission: IpPermissionTypeDef = {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": each} for each in opening.ranges],
    }
    return partial(
        clients.ec2().authorize_security_group_ingress,
        GroupId=opening.group_id,
        IpPermissions=[permission],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags_of(owner, cluster=cluster_id)}],
    )


def _new_endpoint_service(owner: Owner, cluster_id: str, creation: ClusterCreation) -> DryRun:
    name = node_resource(owner.connection, cluster_id, creation.vpc_id, creation.port)
    return partial(
        clients.ec2().create_vpc_endpoint_service_configuration,
        AcceptanceRequired=True,
        NetworkLoadBalancerArns=[f"{settings().load_balancers}/{name}/{UNKNOWN}"],
        SupportedIpAddressTypes=["ipv4"],
        TagSpecifications=[{"ResourceType": "vpc-endpoint-service", "Tags": tags_of(owner, node=cluster_id)}],
    )


def _denial(dry_run: DryRun) -> str | None:
    """EC2's reason, if it denies the call."""
    try:
        dry_run(DryRun=True)
    except ClientError as error:
        return message_of(error) if code_of(error) == DENIED else None
    except (ConnectionError, HTTPClientError):
        return None
    return None
