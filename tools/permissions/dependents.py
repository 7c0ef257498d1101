"""Actions that AWS also requires of whoever calls another one, each with its source. No recording shows them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.deployment.resolver import ACCOUNT
from tools.deployment import REGION
from tools.permissions.recorded import Need

EC2: Final = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
LINKED: Final = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/"
KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SHARED_KEY: Final = KEY.replace(ACCOUNT, "999988887777")
STATES: Final = f"arn:aws:states:{REGION}:{ACCOUNT}:"
EVERYTHING: Final = "*"
INTERFACE, GROUP, SUBNET, VPC = (
    EC2 + each
    for each in ("network-interface/eni-0123456789abcdef0", "security-group/sg-1", "subnet/subnet-1", "vpc/vpc-1")
)
SHARED_SUBNET, SHARED_VPC = (each.replace(ACCOUNT, "999988887777") for each in (SUBNET, VPC))
"""Of an account that shares them with this one, whose id their ARNs have (VPC User Guide, Share your VPC subnets)."""


@dataclass(frozen=True)
class Dependent:
    """Whoever calls one of the actions `of` needs these too, each on each of its resources."""

    of: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    source: str
    context: Mapping[str, Any] = field(default_factory=dict)


def _on_everything(*actions: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(actions, (EVERYTHING,))


NESTED: Final = (
    "Step Functions Developer Guide, IAM policies for calling Step Functions (synchronous nested executions)"
)
DEPENDENTS: Final = (
    Dependent(
        (
            "elasticache:CreateReplicationGroup",
            "elasticache:DeleteReplicationGroup",
            "elasticache:DeleteCacheSubnetGroup",
        ),
        {
            "ec2:CreateNetworkInterface": (INTERFACE, GROUP, SUBNET, SHARED_SUBNET),
            "ec2:DeleteNetworkInterface": (INTERFACE,),
            **_on_everything("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        },
        "Service Authorization Reference, Amazon ElastiCache, dependent actions",
    ),
    Dependent(
        ("elasticache:CreateReplicationGroup",),
        {"iam:CreateServiceLinkedRole": (f"{LINKED}elasticache.amazonaws.com/AWSServiceRoleForElastiCache",)},
        "ElastiCache User Guide, Using service-linked roles",
        {"iam:AWSServiceName": "elasticache.amazonaws.com"},
    ),
    Dependent(
        ("elasticache:CreateReplicationGroup",),
        {"kms:CreateGrant": (KEY, SHARED_KEY), "kms:DescribeKey": (KEY, SHARED_KEY)},
        "KMS Developer Guide, Grants (how AWS services use them) and kms:ViaService: for a group with a key of the "
        "customer's",
        {"kms:GrantIsForAWSResource": "true", "kms:ViaService": f"elasticache.{REGION}.amazonaws.com"},
    ),
    Dependent(
        ("elasticache:CreateSnapshot",),
        {"elasticache:AddTagsToResource": (f"arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:final-1",)},
        "Service Authorization Reference, Amazon ElastiCache; a snapshot takes its cluster's tags (ElastiCache User "
        "Guide, Tagging your resources)",
    ),
    Dependent(
        ("elasticloadbalancing:CreateLoadBalancer",),
        _on_everything(
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAddresses",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        "Elastic Load Balancing User Guide, Elastic Load Balancing API permissions",
    ),
    Dependent(
        ("elasticloadbalancing:CreateLoadBalancer",),
        {"ec2:GetSecurityGroupsForVpc": (VPC, SHARED_VPC)},
        "not in the User Guide; kubernetes-sigs/aws-load-balancer-controller#3921, after a change of ELB's API",
    ),
    Dependent(
        ("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"),
        {
            "iam:CreateServiceLinkedRole": (
                f"{LINKED}elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",
            )
        },
        "Elastic Load Balancing User Guide, Service-linked roles: created with a load balancer or a target group",
        {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"},
    ),
    Dependent(
        ("elasticloadbalancing:CreateTargetGroup",),
        _on_everything("ec2:DescribeInternetGateways", "ec2:DescribeVpcs"),
        "Elastic Load Balancing User Guide, Elastic Load Balancing API permissions",
    ),
    Dependent(
        ("elasticloadbalancing:RegisterTargets",),
        _on_everything(
            "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeSubnets", "ec2:DescribeVpcs"
        ),
        "Elastic Load Balancing User Guide, Elastic Load Balancing API permissions",
    ),
    Dependent(
        ("elasticloadbalancing:SetSubnets",),
        _on_everything("ec2:DescribeSubnets"),
        "Elastic Load Balancing User Guide, Elastic Load Balancing API permissions",
    ),
    Dependent(
        ("ec2:CreateVpcEndpointServiceConfiguration",),
        _on_everything("elasticloadbalancing:DescribeLoadBalancers"),
        "not in the Service Authorization Reference; public policies for it grant it, as in "
        "implementing-microservices/module-aws-apigw, policies/aws-apigw-policy.json",
    ),
    Dependent(  # each machine that waits for one may wait for a teardown
        ("states:StartExecution",),
        {
            "states:DescribeExecution": (f"{STATES}execution:Teardown:rollback-1",),
            "states:StopExecution": (f"{STATES}execution:Teardown:rollback-1",),
            **dict.fromkeys(
                ("events:PutTargets", "events:PutRule", "events:DescribeRule"),
                (f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",),
            ),
        },
        NESTED,
    ),
    Dependent(
        ("lambda:InvokeFunction", "states:StartExecution"),
        _on_everything(
            *(f"logs:{each}LogDelivery" for each in ("Create", "Delete", "Get", "Update")),
            *("logs:ListLogDeliveries", "logs:DescribeLogGroups"),
            *(f"logs:{each}" for each in ("DescribeResourcePolicies", "PutResourcePolicy")),
        ),
        "Step Functions Developer Guide, Logging using CloudWatch Logs",
    ),
)
ASYNCHRONOUS: Final = frozenset({"Reconcile", "Request"})
"""Machines that start executions and do not wait for their end."""
FUNCTIONS: Final = frozenset({"StartRepairs"})
"""Functions that start executions: they neither wait for the end of one nor deliver the logs of a machine."""
OF_MACHINES: Final = ("states:StopExecution", "logs:CreateLogDelivery")
TARGETS: Final = "EventBridge User Guide, Step Functions state machines as targets"
SCHEDULED: Final = "EventBridge Scheduler User Guide, Setting up the execution role"
PIPES: Final = "EventBridge User Guide, Amazon EventBridge Pipes permissions"
QUEUES: Final = {"NodeEventPipe": f"arn:aws:sqs:{REGION}:{ACCOUNT}:NodeEventQueue"}
"""The queue that each pipe empties."""
STARTERS: Final = {
    "RequestHeard": ("Request", TARGETS),
    "RecoverRunEnded": ("Recover", TARGETS),
    "ReconcileAsked": ("Reconcile", TARGETS),
    "ReconcileSweep": ("Reconcile", SCHEDULED),
    "NodeEventPipe": ("Reconcile", PIPES),
}
"""The machine that each rule, each schedule and each pipe starts."""
ALONE: Final = {"aws:RequestedRegion": REGION}
TAKING: Final = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
NOBODY_RECORDS: Final = (
    *(
        Need(who, "states:StartExecution", f"{STATES}stateMachine:{machine}", ALONE, (source,))
        for who, (machine, source) in STARTERS.items()
    ),
    *(
        Need("Provision", f"states:{each}", f"{STATES}execution:Plan:plan-1", ALONE, (NESTED,))
        for each in ("DescribeExecution", "StopExecution")
    ),
    *(Need(who, f"sqs:{each}", queue, ALONE, (PIPES,)) for who, queue in QUEUES.items() for each in TAKING),
)
"""What is called by AWS itself, outside the sandbox."""


def dependents(needs: Iterable[Need]) -> Iterator[Need]:
    """What those who need one thing need besides."""
    called = {(need.who, need.action) for need in needs}
    for who, action in sorted(called):
        for each in DEPENDENTS:
            if action in each.of and not _is_spared(who, each):
                yield from _needs(who, action, each)
    yield from NOBODY_RECORDS


def _is_spared(who: str, dependent: Dependent) -> bool:
    is_spared = {*OF_MACHINES} if who in FUNCTIONS else {OF_MACHINES[0]} if who in ASYNCHRONOUS else set()
    return not is_spared.isdisjoint(dependent.needs)


def _needs(who: str, called: str, dependent: Dependent) -> Iterator[Need]:
    context = {"aws:RequestedRegion": REGION, **dependent.context}
    why = (f"asked beside {called}: {dependent.source}",)
    for action, resources in dependent.needs.items():
        yield from (Need(who, action, resource, context, why) for resource in resources)
