"""Each function may do what its own role grants, where the role grants it, and nothing else."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.authorization.enforcement import Enforcement, caller
from sandbox.deployment.resolver import ACCOUNT, TemplateError
from sandbox.deployment.template import Template
from sandbox.runs import RunReport, ScenarioError
from sandbox.services.common import Refused
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"
REGION = "us-east-1"
EC2, ELB = f"arn:aws:ec2:{REGION}:{ACCOUNT}:", f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"
BLUE = [{"Key": "team", "Value": "blue"}]


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(World(), seed=1, template=SMALL) as opened:
        yield opened


def call(account: Account, function: str) -> RunReport:
    return account.run("call", {"function": function, "event": None})


def test_a_function_calls_what_its_role_grants(account: Account) -> None:
    assert call(account, "Visitor").output == {"vpcs": 1, "function": "Visitor"}


def test_a_function_is_denied_what_its_role_does_not_grant(account: Account) -> None:
    report = call(account, "Trespasser")
    assert report.error == "ClientError"
    assert report.cause is not None
    assert "(UnauthorizedOperation)" in report.cause
    assert re.search(
        r"You are not authorized to perform this operation\. User: arn:aws:sts::123456789012:assumed-role/"
        r"sandbox-TrespasserRole-[0-9A-F]{12}/Trespasser is not authorized to perform: ec2:DescribeVpcs because no "
        r"identity-based policy allows the ec2:DescribeVpcs action$",
        report.cause,
    )
    assert report.api_calls == {"ec2:DescribeVpcs": 1}, "a refusal reached the service, and is not worth a retry"


def test_rights_end_with_the_invocation(account: Account) -> None:
    call(account, "Trespasser")
    assert caller.get() is None
    assert boto3.client("ec2").describe_vpcs()["Vpcs"]


# ------------------------------------------------------------------ by resource, by condition


class Asked:
    """Requests by a function whose role has one policy."""

    def __init__(
        self, folder: Path, *statements: dict[str, Any], organization: tuple[dict[str, Any], ...] = ()
    ) -> None:
        file = folder / "template.yaml"
        properties = {"CodeUri": "f/", "Handler": "a.b", "Policies": [{"Statement": list(statements)}]}
        file.write_text(
            json.dumps({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}}})
        )
        self.template = Template(file, REGION)
        self.guard = Enforcement(self.template, [{"Statement": list(organization)}] if organization else [])

    def refused(self, operation: str, **parameters: Any) -> str | None:
        """The code and the message of the denial, or None."""
        service, _, name = operation.partition(":")
        entered = caller.set(self.template.functions["F"])
        try:
            self.guard(Request(service, name, parameters, REGION))
        except Refused as refusal:
            return f"{refusal.code}: {refusal.message}"
        finally:
            caller.reset(entered)
        return None


def allow(action: str | list[str], resource: str = "*", **condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def deny(action: str, **condition: dict[str, Any]) -> dict[str, Any]:
    return {**allow(action, "*", **condition), "Effect": "Deny"}


IN_ONE_VPC = (
    allow("ec2:CreateSecurityGroup", EC2 + "security-group/*", Null={"aws:RequestTag/team": "false"}),
    allow("ec2:CreateSecurityGroup", EC2 + "vpc/vpc-default"),
    allow("ec2:CreateTags", StringEquals={"ec2:CreateAction": "CreateSecurityGroup"}),
)
TAGGED = [{"ResourceType": "security-group", "Tags": BLUE}]


def test_a_resource_that_the_grant_does_not_reach_is_denied(account: Account, tmp_path: Path) -> None:
    asked = Asked(tmp_path, *IN_ONE_VPC)
    create = "ec2:CreateSecurityGroup"
    assert asked.refused(create, VpcId="vpc-default", TagSpecifications=TAGGED) is None
    refused = asked.refused(create, VpcId="vpc-2", TagSpecifications=TAGGED) or ""
    assert f"is not authorized to perform: {create} on resource: {EC2}vpc/vpc-2 because no identity" in refused


def test_a_condition_that_the_request_does_not_meet_denies_it(account: Account, tmp_path: Path) -> None:
    refused = Asked(tmp_path, *IN_ONE_VPC).refused("ec2:CreateSecurityGroup", VpcId="vpc-default") or ""
    assert f"on resource: {EC2}security-group/* because no identity-based policy allows" in refused, "it has no id yet"


def test_the_tags_of_the_resource_are_judged_and_what_is_gone_has_none(account: Account, tmp_path: Path) -> None:
    asked = Asked(tmp_path, allow("ec2:DeleteSecurityGroup", Null={"aws:ResourceTag/team": "false"}))
    specification: Any = [{"ResourceType": "security-group", "Tags": BLUE}]
    ec2 = boto3.client("ec2")
    made = [
        ec2.create_security_group(GroupName=name, Description="d", VpcId="vpc-default", TagSpecifications=tags)[
            "GroupId"
        ]
        for name, tags in (("ours", specification), ("theirs", []))
    ]
    refused = [asked.refused("ec2:DeleteSecurityGroup", GroupId=each) for each in [*made, "sg-gone"]]
    assert [each is None for each in refused] == [True, False, False]


def test_who_asks_is_judged(account: Account, tmp_path: Path) -> None:
    ours = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/sandbox-FRole-*"}
    assert Asked(tmp_path, allow("iam:ListRoles", ArnLike=ours)).refused("iam:ListRoles") is None
    assert Asked(tmp_path, allow("iam:ListRoles", ArnNotLike=ours)).refused("iam:ListRoles")


# ------------------------------------------------------------------ the words


def test_a_denial_on_a_resource_of_ec2_is_as_long_as_awss(account: Account, tmp_path: Path) -> None:
    refused = Asked(tmp_path).refused("ec2:DeleteSecurityGroup", GroupId="sg-1") or ""
    assert refused.startswith("UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:")
    told, _, encoded = refused.partition(". Encoded authorization failure message: ")
    assert told.endswith(
        f"on resource: {EC2}security-group/sg-1 because no identity-based policy allows the "
        "ec2:DeleteSecurityGroup action"
    )
    assert re.fullmatch(r"[\w-]{1000}", encoded)


def test_other_services_deny_in_one_sentence_and_iam_names_a_role_without_its_arn(
    account: Account, tmp_path: Path
) -> None:
    balancer = ELB + "loadbalancer/net/lb/0123456789abcdef"
    asked = Asked(tmp_path)
    assert re.fullmatch(
        rf"AccessDenied: User: \S+ is not authorized to perform: elasticloadbalancing:DeleteLoadBalancer on resource: "
        rf"{balancer} because no identity-based policy allows the elasticloadbalancing:DeleteLoadBalancer action",
        asked.refused("elbv2:DeleteLoadBalancer", LoadBalancerArn=balancer) or "",
    )
    role = asked.refused("iam:PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument="{}") or ""
    assert "perform: iam:PutRolePolicy on resource: role r because no" in role
    made = asked.refused("elbv2:CreateLoadBalancer", Name="lb", Type="network") or ""
    assert f"on resource: {ELB}loadbalancer/net/lb/* because" in made


def test_an_explicit_denial_says_what_denied_it(account: Account, tmp_path: Path) -> None:
    everything = allow("*")
    own = Asked(tmp_path, everything, deny("iam:ListRoles")).refused("iam:ListRoles") or ""
    assert own.endswith("with an explicit deny in an identity-based policy")
    organization = (deny("elasticloadbalancing:CreateTargetGroup", Null={"aws:RequestTag/cost": "true"}),)
    asked = Asked(tmp_path, everything, organization=organization)
    assert (asked.refused("elbv2:CreateTargetGroup", Name="t") or "").endswith(
        "with an explicit deny in a service control policy"
    )
    assert asked.refused("elbv2:CreateTargetGroup", Name="t", Tags=[{"Key": "cost", "Value": "1"}]) is None


# ------------------------------------------------------------------ what a service does in the caller's name


def test_what_the_service_does_in_the_callers_name_is_judged(account: Account, tmp_path: Path) -> None:
    own, network = allow("elasticloadbalancing:*"), allow(["ec2:Describe*", "ec2:GetSecurityGroupsForVpc"])
    linked = {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}
    role = allow("iam:CreateServiceLinkedRole", StringEquals=linked)
    new: dict[str, Any] = {"Name": "lb", "Type": "network", "Subnets": ["subnet-a"]}
    assert Asked(tmp_path, own, network, role).refused("elbv2:CreateLoadBalancer", **new) is None
    for missing, action in ((network, "ec2:DescribeAccountAttributes"), (role, "iam:CreateServiceLinkedRole")):
        granted = [each for each in (own, network, role) if each is not missing]
        refused = Asked(tmp_path, *granted).refused("elbv2:CreateLoadBalancer", **new) or ""
        assert refused.startswith("AccessDenied: User: "), "the load balancer's service answers"
        assert f"is not authorized to perform: {action} " in refused


def test_an_interface_is_made_in_the_groups_and_subnets_of_the_new_nodes(account: Account, tmp_path: Path) -> None:
    boto3.client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName="s", CacheSubnetGroupDescription="d", SubnetIds=["subnet-a", "subnet-b"]
    )
    own = allow(["elasticache:*", "iam:CreateServiceLinkedRole", "ec2:Describe*", "ec2:DeleteNetworkInterface"])
    new = {"ReplicationGroupId": "g", "CacheSubnetGroupName": "s", "SecurityGroupIds": ["sg-1"]}
    reached: list[str] = []
    for resource in ("network-interface/*", "security-group/sg-1", "subnet/subnet-a", "subnet/subnet-b"):
        granted = [allow("ec2:CreateNetworkInterface", EC2 + each) for each in reached]
        refused = Asked(tmp_path, own, *granted).refused("elasticache:CreateReplicationGroup", **new) or ""
        assert f"perform: ec2:CreateNetworkInterface on resource: {EC2}{resource} " in refused
        reached.append(resource)


# ------------------------------------------------------------------ where the policies stand


def test_a_managed_policy_of_the_template_grants_what_it_says(account: Account, tmp_path: Path) -> None:
    asked, file = Asked(tmp_path), tmp_path / "managed.yaml"
    document = '{Statement: [{Effect: Allow, Action: "ec2:DescribeVpcs", Resource: "*"}]}'
    file.write_text(
        "Resources:\n"
        f"  Look: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {document}}}}}\n"
        "  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f/, Handler: a.b, Policies: [!Ref Look]}}\n"
    )
    asked.template = Template(file, REGION)
    asked.guard = Enforcement(asked.template)
    assert asked.refused("ec2:DescribeVpcs") is None
    assert asked.refused("ec2:DescribeSubnets")


@pytest.mark.parametrize(
    "policies",
    [
        "[LambdaInvokePolicy: {FunctionName: f}]",
        "[arn:aws:iam::aws:policy/AdministratorAccess]",
        '[{Statement: [{Effect: Allow, Action: "ec2:*", Resource: "*", Condition: {Odd: {aws:TagKeys: x}}}]}]',
    ],
)
def test_a_policy_that_is_not_understood_is_not_taken_for_none(tmp_path: Path, policies: str) -> None:
    file = tmp_path / "template.yaml"
    properties = f"{{CodeUri: f/, Handler: a.b, Policies: {policies}}}"
    file.write_text(f"Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {properties}}}}}")
    with pytest.raises(TemplateError, match="F: a policy"):
        Enforcement(Template(file, REGION))


def test_a_world_with_a_policy_that_is_not_understood_is_not_opened() -> None:
    world = World.model_validate({"serviceControlPolicies": [{"Statement": [deny("ec2:*", Odd={"aws:TagKeys": "x"})]}]})
    with (
        pytest.raises(ScenarioError, match="serviceControlPolicies: a policy has the operator Odd"),
        Account(world, template=SMALL, logs=io.StringIO()),
    ):
        pass


def test_a_service_control_policy_of_the_world_binds_functions_and_nobody_else() -> None:
    denied = {"Statement": [deny("ec2:DescribeVpcs")]}
    with Account(World.model_validate({"serviceControlPolicies": [denied]}), template=SMALL) as account:
        assert (call(account, "Visitor").cause or "").endswith("with an explicit deny in a service control policy")
        assert boto3.client("ec2").describe_vpcs()["Vpcs"]


# ------------------------------------------------------------------ policies that are resources of their own


@pytest.mark.parametrize(
    "attached",
    [
        {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "GRole"}, {"Ref": "FRole"}]}},
        {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyName": "p", "RoleName": {"Ref": "FRole"}}},
    ],
    ids=["policy", "role policy"],
)
def test_a_policy_of_its_own_is_put_into_the_role_that_it_names(
    account: Account, tmp_path: Path, attached: dict[str, Any]
) -> None:
    """CloudFormation template reference, AWS::IAM::Policy and AWS::IAM::RolePolicy; SAM developer guide, "Generated
    CloudFormation resources": the role of a function F is FRole, that of a state machine M is MRole."""
    asked = Asked(tmp_path)
    assert asked.refused("iam:ListRoles")
    source = json.loads(asked.template.path.read_text())
    attached["Properties"]["PolicyDocument"] = {"Statement": allow("iam:ListRoles")}
    source["Resources"]["Own"] = attached
    machine = {"DefinitionUri": "m.asl.json", "Policies": []}
    source["Resources"]["M"] = {"Type": "AWS::Serverless::StateMachine", "Properties": machine}
    (tmp_path / "m.asl.json").write_text("{}")
    asked.template.path.write_text(json.dumps(source))
    asked.template = Template(asked.template.path, REGION)
    asked.guard = Enforcement(asked.template)
    assert asked.refused("iam:ListRoles") is None
    assert list(asked.template.documents(asked.template.machines["m"])) == [], "it names another role"
