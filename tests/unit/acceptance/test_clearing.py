"""What acceptance takes away: what carries its tag, and nothing that only has its name."""

from typing import Any

from acceptance import clearing
from acceptance.names import CONNECTION, PROBE, SHORT, tags
from acceptance.site import Site
from private_connection_cli.deployment import Deployment, Place
from sandbox.account import Account
from sandbox.world import World

ONE = {"balancers": 1, "target groups": 1, "security groups": 1, "roles": 1}
NOBODY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}'


class Inside(Site):
    """The account in this process, whose clock passes by itself."""

    def __init__(self, account: Account) -> None:
        super().__init__(Deployment(Place(region="us-east-1"), "stack", {}, {}))
        self._clock = account.clock

    def now(self) -> float:
        return self._clock.now()

    def pause(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def test_what_has_the_tag_goes_and_what_has_the_name_alone_stays() -> None:
    with Account(World()) as account:
        site = Inside(account)
        elb, ec2, iam = (site.client(each) for each in ("elbv2", "ec2", "iam"))
        arns, group = _make(elb, ec2, iam)
        site.pause(60.0)
        clearing.remove_probes(site)
        assert _there(elb, ec2, iam) == ONE

        marks: Any = tags("0a" * 16)
        for arn in arns:
            elb.add_tags(ResourceArns=[arn], Tags=marks)
        ec2.create_tags(Resources=[group], Tags=marks)
        iam.tag_role(RoleName=PROBE, Tags=marks)
        clearing.remove_probes(site)
        assert _there(elb, ec2, iam) == dict.fromkeys(ONE, 0)


def _make(elb: Any, ec2: Any, iam: Any) -> tuple[list[str], str]:
    """A thing of each kind with the names of acceptance's own: the ARNs of two, and the id of the group."""
    targets = elb.create_target_group(Name=SHORT, Protocol="TCP", Port=6379, VpcId="vpc-default", TargetType="ip")
    balancer = elb.create_load_balancer(Name=SHORT, Type="network", Scheme="internal", Subnets=["subnet-a"])
    group = ec2.create_security_group(GroupName=PROBE, Description="somebody's", VpcId="vpc-default")
    iam.create_role(RoleName=PROBE, AssumeRolePolicyDocument=NOBODY)
    arns = [targets["TargetGroups"][0]["TargetGroupArn"], balancer["LoadBalancers"][0]["LoadBalancerArn"]]
    return arns, str(group["GroupId"])


def _there(elb: Any, ec2: Any, iam: Any) -> dict[str, int]:
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {
        "balancers": len(elb.describe_load_balancers()["LoadBalancers"]),
        "target groups": len(elb.describe_target_groups()["TargetGroups"]),
        "security groups": sum(each["GroupName"] == PROBE for each in groups),
        "roles": sum(each["RoleName"] == PROBE for each in iam.list_roles()["Roles"]),
    }


def test_only_the_policy_of_its_whole_name_goes() -> None:
    own = f"private-connection-us-east-1-{CONNECTION}"
    others = [f"private-connection-eu-central-1-{CONNECTION}", f"private-connection-us-east-1-not-{CONNECTION}"]
    with Account(World()) as account:
        site = Inside(account)
        iam = site.client("iam")
        iam.create_role(RoleName="somebody", AssumeRolePolicyDocument=NOBODY)
        site.pause(60.0)
        for name in (own, *others):
            denied = NOBODY.replace('"Principal": "*", ', "").replace("}]", ', "Resource": "*"}]')
            iam.put_role_policy(RoleName="somebody", PolicyName=name, PolicyDocument=denied)
        site.pause(60.0)
        assert list(clearing.policies(site)) == [("somebody", own)]
        clearing.remove_policies(site)
        site.pause(60.0)
        assert iam.list_role_policies(RoleName="somebody")["PolicyNames"] == sorted(others)
