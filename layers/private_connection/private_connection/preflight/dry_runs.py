"""Dry runs: whether EC2 would deny what a run needs after its cluster, asked before that cluster is bought.

A dry run changes nothing. EC2 answers it with ``DryRunOperation`` to who may make the call and with
``UnauthorizedOperation`` to who may not (EC2 API reference, DryRun). Any other answer says nothing of the permission.
Each call has the tags of the real one, because policies ask for them. Other services have no dry run.
"""

from collections.abc import Callable, Iterator
from functools import partial

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from private_connection import clients
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.security_groups import DESCRIPTION
from private_connection.contracts import Owner
from private_connection.errors import code_of, message_of
from private_connection.naming import cluster_resource, node_resource
from private_connection.ownership import tags_of
from private_connection.preflight.facts import Denial
from private_connection.settings import settings

DENIED = "UnauthorizedOperation"
EXECUTION = "dry-run"
"""Stands for the execution's name in tags that nothing ever gets."""
UNKNOWN = "0000000000000000"
"""Stands for the id of a load balancer that does not exist yet."""
Call = tuple[str, str]
"""The API's name of it, and the field of the request that asks for it."""
NEW_GROUP: Call = ("CreateSecurityGroup", "cluster.create.securityGroupIds")
NEW_SERVICE: Call = ("CreateVpcEndpointServiceConfiguration", "connection")
DryRun = Callable[..., object]


def find_denials(connection: str, plan: ClusterPlan) -> tuple[Denial, ...]:
    """The calls that EC2 would deny to a run which creates this cluster; at most three are asked for."""
    owner = Owner(connection=connection, execution=EXECUTION)
    creation = plan.creation
    if creation is None:
        return ()
    asked = _asked(owner, plan.id, creation)
    return tuple(Denial(*call, cause) for call, dry_run in asked if (cause := _denial(dry_run)) is not None)


def _asked(owner: Owner, cluster_id: str, creation: ClusterCreation) -> Iterator[tuple[Call, DryRun]]:
    if not creation.security_group_ids:
        yield NEW_GROUP, _new_security_group(owner, cluster_id, creation.vpc_id)
    yield NEW_SERVICE, _new_endpoint_service(owner, cluster_id, creation)


def _new_security_group(owner: Owner, cluster_id: str, vpc_id: str) -> DryRun:
    return partial(
        clients.ec2().create_security_group,
        GroupName=cluster_resource(cluster_id),
        Description=DESCRIPTION,
        VpcId=vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags_of(owner, cluster=cluster_id)}],
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
