"""What somebody does by hand to a connection that is READY, so that the judge has something to see."""

import json
from typing import Any, Final

import boto3

from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import Connection, services
from sandbox.services.elasticache.state import State
from tests.deployments import GUEST
from tests.exactness.ready import Ready
from tests.exactness.view import MAKER, NAME, USE, VERVERICA, WORKSPACE, Json
from tests.faults.sequences import REGION

MARKS: Final[Any] = ({"Key": NAME, "Value": "first"}, {"Key": MAKER, "Value": "somebody"})
POLICY: Final = f"private-connection-{REGION}-first"
STRANGER: Final = "arn:aws:iam::111122223333:root"
ENDPOINT: Final = "vpce-0123456789abcdef0"


class Hands:
    """``former`` is the connection as its run left it."""

    def __init__(self, former: Ready) -> None:
        self.former, self.view = former, former.view
        self.ec2, self.elbv2 = boto3.client("ec2"), boto3.client("elbv2")
        self.iam, self.cache = boto3.client("iam"), boto3.client("elasticache")
        self.role, self.service = former.role, former.services[0]
        (self.balancer,) = self.view.balancers_of(self.service)
        (self.group,) = self.view.groups_behind(self.balancer)
        self.rule = next(name for name, each in self.view.rules.items() if f"{USE}first" in each.tags)
        self.opened = self.view.rules[self.rule].group
        self.vpc = str(self.view.inventory["targetGroup"][self.group]["vpc"])

    def arn(self, kind: str, name: str) -> str:
        return str(self.view.inventory[kind][name]["arn"])

    # ---------------------------------------------------------------- what nobody asked for

    def add_load_balancer(self) -> None:
        self.elbv2.create_load_balancer(
            Name="pc-more", Type="network", Scheme="internal", Subnets=["subnet-a"], Tags=MARKS
        )

    def add_target_group(self) -> None:
        self.elbv2.create_target_group(
            Name="pc-more", Protocol="TCP", Port=6379, VpcId=self.vpc, TargetType="ip", Tags=MARKS
        )

    def mark_service(self) -> None:
        """Another's service gets our marks."""
        self.ec2.create_tags(Resources=self.view.services_on("pc-others"), Tags=MARKS)

    def add_subnet_group(self) -> None:
        name = "private-connection-former"
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription=name, SubnetIds=["subnet-a"], Tags=MARKS
        )

    def add_security_group(self) -> None:
        tags: Any = [{"ResourceType": "security-group", "Tags": MARKS}]
        name = "private-connection-former"
        self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc, TagSpecifications=tags)

    def mark_cluster(self) -> None:
        State(REGION).tag(State(REGION).arn("replicationgroup", "orders"), {NAME: "first", MAKER: "somebody"})

    def mark_role(self) -> None:
        key = f"{USE}{REGION}/first"
        tags: Any = [{"Key": WORKSPACE, "Value": "x"}, {"Key": key, "Value": "somebody"}]
        self.iam.tag_role(RoleName=GUEST, Tags=tags)

    def put_policy_on_another_role(self) -> None:
        self.put_policy(GUEST)

    def add_listener(self) -> None:
        """A second port, which leads to the same nodes."""
        forward: Any = [{"Type": "forward", "TargetGroupArn": self.arn("targetGroup", self.group)}]
        arn = self.arn("loadBalancer", self.balancer)
        self.elbv2.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=7777, DefaultActions=forward)

    def add_zone(self) -> None:
        arn = self.arn("loadBalancer", self.balancer)
        self.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=["subnet-a", "subnet-b", "subnet-c"])

    # ---------------------------------------------------------------- rules

    def add_rule(self, cidr: str = "10.0.0.0/8", *, ours: bool = True) -> None:
        use = {"Key": f"{USE}first", "Value": "somebody"}
        tags: Any = [{"ResourceType": "security-group-rule", "Tags": [*MARKS, use]}] if ours else []
        permission: Any = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": cidr}]}
        self.ec2.authorize_security_group_ingress(
            GroupId=self.opened, IpPermissions=[permission], TagSpecifications=tags
        )

    def admit_by_a_rule_of_others(self) -> None:
        self.add_rule("172.31.0.0/16", ours=False)

    def revoke_rule(self) -> None:
        self.ec2.revoke_security_group_ingress(GroupId=self.opened, SecurityGroupRuleIds=[self.rule])

    def use_rule(self) -> None:
        tag: Any = {"Key": f"{USE}second", "Value": "somebody"}
        self.ec2.create_tags(Resources=[self.rule], Tags=[tag])

    # ---------------------------------------------------------------- access

    def put_policy(self, role: str, *more: Json) -> None:
        (document,) = [
            facts["document"] for name, facts in self.view.inventory["rolePolicy"].items() if name.endswith(POLICY)
        ]
        found = _read(document)
        widened = json.dumps({**found, "Statement": [*found["Statement"], *more]})
        self.iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=widened)

    def widen_policy(self) -> None:
        self.put_policy(self.role, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})

    def delete_policy(self) -> None:
        self.iam.delete_role_policy(RoleName=self.role, PolicyName=POLICY)

    def widen_trust(self) -> None:
        trust = _read(self.view.inventory["role"][self.role]["trust"])
        another = json.loads(json.dumps(trust["Statement"][0]).replace("workspace-2", "workspace-9"))
        widened = {**trust, "Statement": [*trust["Statement"], {**another, "Sid": "Another"}]}
        self.iam.update_assume_role_policy(RoleName=self.role, PolicyDocument=json.dumps(widened))

    def untag_role(self) -> None:
        self.iam.untag_role(RoleName=self.role, TagKeys=[f"{USE}{REGION}/first"])

    # ---------------------------------------------------------------- paths

    def register_another(self) -> None:
        arn = self.arn("targetGroup", self.group)
        self.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "172.31.0.99", "Port": 6379}])

    def deregister(self) -> None:
        arn, (target,) = self.arn("targetGroup", self.group), self.view.targets(self.group)
        address, _, port = target.partition(":")
        self.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": address, "Port": int(port)}])

    def admit_another(self) -> None:
        self.ec2.modify_vpc_endpoint_service_permissions(ServiceId=self.service, AddAllowedPrincipals=[STRANGER])

    def stop_offering(self) -> None:
        for principal in self.view.principals(self.service):
            self.ec2.modify_vpc_endpoint_service_permissions(
                ServiceId=self.service, RemoveAllowedPrincipals=[principal]
            )

    def accept_everybody(self) -> None:
        self.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.service, AcceptanceRequired=False)

    def reject(self) -> None:
        self.ec2.reject_vpc_endpoint_connections(ServiceId=self.service, VpcEndpointIds=[ENDPOINT])

    def delete_service(self) -> None:
        self.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[self.service])

    # ---------------------------------------------------------------- put back

    def register(self) -> None:
        (target,) = self.view.targets(self.group)
        address, _, port = target.partition(":")
        arn = self.arn("targetGroup", self.group)
        self.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": address, "Port": int(port)}])

    def offer(self) -> None:
        self.ec2.modify_vpc_endpoint_service_permissions(ServiceId=self.service, AddAllowedPrincipals=[VERVERICA])

    def ask_for_acceptance(self) -> None:
        self.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.service, AcceptanceRequired=True)

    def tag(self) -> None:
        self.ec2.create_tags(Resources=[self.service], Tags=[{"Key": "team", "Value": "payments"}])

    def deregister_another(self) -> None:
        arn = self.arn("targetGroup", self.group)
        self.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "172.31.0.99", "Port": 6379}])

    # ---------------------------------------------------------------- the rest

    def untag(self) -> None:
        self.ec2.delete_tags(Resources=[self.service], Tags=[{"Key": "team"}])

    def take_mark_off(self) -> None:
        self.ec2.create_tags(Resources=[self.service], Tags=[{"Key": MAKER, "Value": "another"}])

    def change_what_is_foreign(self) -> None:
        self.ec2.create_tags(Resources=["sg-cache"], Tags=[{"Key": "team", "Value": "x"}])

    def delete_cluster(self) -> None:
        self.cache.delete_replication_group(ReplicationGroupId="redis-demo")

    def forget(self) -> None:
        """The registry loses what it knows."""
        (table,) = backend("dynamodb", REGION).tables.values()
        boto3.client("dynamodb").delete_item(TableName=table.name, Key={"connection": {"S": "first"}})

    def connect(self) -> None:
        """A consumer, whose endpoint is accepted."""
        made = Connection(ENDPOINT, "794031221915", 0.0, "available")
        services(REGION)[self.service].connections[ENDPOINT] = made


def _read(document: Any) -> Json:
    found: Json = json.loads(document) if isinstance(document, str) else document
    return found
