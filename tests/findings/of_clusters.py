"""Findings of the cluster, and of the network that it is in or is to be in."""

from collections.abc import Mapping
from typing import Any, Final

from tests.findings.accounts import MADE, organized_account
from tests.findings.asking import USUAL, Asked, Row, adopting, creating

Json = dict[str, Any]
KEY: Final = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def made(**create: Any) -> Asked:
    """Of the cluster that an earlier run of the connection created."""
    return Asked({**MADE, "cluster": {"id": "made", "create": create}})


def within(*subnets: str, **create: Any) -> Asked:
    return creating(subnetIds=list(subnets), **create)


def with_users_of(group: str) -> Asked:
    return creating(userGroupIds=[group])


def in_an_organization(**changes: Any) -> Asked:
    given = {"connection": "new", "workspaceId": "ws-1", "cluster": {"id": "new", "create": {}}}
    return Asked(given | changes, account=organized_account)


IN_LARGE: Final = within("subnet-large")
IN_GROUP: Final = within("subnet-large", securityGroupIds=["sg-two"])
WITH_CLIENTS: Final = with_users_of("clients")
WITH_ROOM: Final = adopting("with-room")
ADMITTED: Final = adopting("payments", ingress="none")
HERE: Final[Json] = {"cluster": {"id": "new", "create": {"subnetIds": ["subnet-large"], "securityGroupIds": []}}}
PAID: Final[Json] = {"tags": {"cost-centre": "1"}}


def of_nodes(number: int) -> Json:
    """A cluster to create that has so many."""
    create = {"subnetIds": ["subnet-large"], "clusterMode": "enabled", "shards": number}
    return {"cluster": {"id": "new", "create": create}}


def tags(number: int) -> dict[str, str]:
    """Which the deployment's one comes beside."""
    return {f"key-{each}": "" for each in range(number)}


OF_CLUSTERS: Final[Mapping[str, Row]] = {
    "CLUSTER_ABSENT": Row(adopting("gren"), USUAL),
    "CLUSTER_IS_A_NODE": Row(adopting("green-001"), USUAL),
    "CLUSTER_SERVERLESS": Row(adopting("serverless"), USUAL),
    "CLUSTER_LOST": Row(adopting("failed"), adopting("changing")),
    "CLUSTER_ENGINE": Row(adopting("memcached"), adopting("alone")),
    "CLUSTER_IPV6": Row(adopting("over-ipv6"), adopting("over-both")),
    "CLUSTER_ID_TAKEN": Row(creating("green"), creating("purple")),
    "CLUSTER_DIFFERS": Row(made(port=6380), made(port=6379)),
    "SUBNET_GROUP_TAKEN": Row(creating("taken"), creating("free")),
    "SUBNET_GROUP_DIFFERS": Row(made(subnetIds=["subnet-a"]), made(subnetIds=["subnet-a", "subnet-b", "subnet-c"])),
    "ENGINE_VERSION_ABSENT": Row(creating(engineVersion="9.9"), creating(engineVersion="7.1")),
    "KMS_KEY_OF_ANOTHER_REGION": Row(
        creating(kmsKeyId=KEY.format("eu-west-1")), creating(kmsKeyId=KEY.format("us-east-1"))
    ),
    "USER_GROUP_ABSENT": Row(with_users_of("nobody"), WITH_CLIENTS),
    "USER_GROUP_NOT_ACTIVE": Row(with_users_of("changing"), WITH_CLIENTS),
    "USER_GROUP_ENGINE": Row(with_users_of("valkeys"), WITH_CLIENTS),
    "REDIRECTS_TO_ADDRESSES": Row(adopting("shards"), adopting("two-shards")),
    "PRIMARY_MOVES": Row(adopting("orders"), USUAL),
    "CLUSTER_READ_ONLY": Row(adopting("follower"), adopting("leader")),
}
OF_NETWORKS: Final[Mapping[str, Row]] = {
    "NO_DEFAULT_VPC": Row(in_an_organization(**PAID), in_an_organization(**HERE, **PAID)),
    "SUBNET_ABSENT": Row(within("subnet-large", "subnet-none"), IN_LARGE),
    "SUBNETS_OF_SEVERAL_VPCS": Row(within("subnet-large", "subnet-a"), IN_LARGE),
    "SUBNET_GROUP_ABSENT": Row(creating(subnetGroup="neither"), creating(subnetGroup="both")),
    "SECURITY_GROUP_ABSENT": Row(within("subnet-large", securityGroupIds=["sg-none"]), IN_GROUP),
    "SECURITY_GROUP_OF_ANOTHER_VPC": Row(within("subnet-large", securityGroupIds=["sg-green"]), IN_GROUP),
    "SUBNET_WITHOUT_IPV4": Row(within("subnet-large", "subnet-6"), within("subnet-large", "subnet-both")),
    "SUBNETS_IN_LOCAL_ZONES": Row(within("subnet-bos"), IN_LARGE),
    "NODES_IN_LOCAL_ZONES": Row(adopting("local"), WITH_ROOM),
    "SUBNETS_ON_OUTPOST": Row(within("subnet-outpost"), IN_LARGE),
    "NODES_ON_OUTPOST": Row(adopting("on-outpost"), WITH_ROOM),
    "SUBNET_FULL": Row(adopting("crowded"), WITH_ROOM),
    "QUOTA_TOO_SMALL": Row(adopting("seven-shards"), adopting("two-shards")),
    "MANY_ENDPOINTS": Row(*(in_an_organization(**PAID, **of_nodes(each)) for each in (40, 39))),
    "GROUP_FULL": Row(adopting("rules-full"), adopting("rules-nearly-full")),
    "RULE_FULL": Row(adopting("tags-full"), adopting("tags-free")),
    "INGRESS_CLOSED": Row(adopting("green", ingress="none"), ADMITTED),
    "INGRESS_UNSURE": Row(adopting("listed", ingress="none"), ADMITTED),
    "DEFAULT_GROUP_OPENED": Row(adopting("guarded-by-default"), USUAL),
    "CALL_DENIED": Row(in_an_organization(**HERE), in_an_organization(**HERE, **PAID)),
    "TOO_MANY_TAGS": Row(*(in_an_organization(**HERE, tags={**PAID["tags"], **tags(each)}) for each in (39, 38))),
}
ROWS: Final[Mapping[str, Row]] = {**OF_CLUSTERS, **OF_NETWORKS}
