"""What is deployed: every function its own role, logs that end, traces, and no more rights than IAM can express."""

import copy
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from sandbox.deployment.resolver import ATTACHED_BY
from tests.template.wildcards import MANAGED, UNSCOPABLE
from tools.permissions.policies import grants, policies

Template = dict[str, Any]


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that a role has by the template's policies, of whatever kind, with the role's logical id."""
    managed = of_type(template, "AWS::IAM::ManagedPolicy")
    for role, properties in of_type(template, "AWS::IAM::Role").items():
        attached = [each["Ref"] for each in properties.get("ManagedPolicyArns", []) if isinstance(each, dict)]
        for policy in [*properties.get("Policies", []), *(managed[name] for name in attached)]:
            yield from ((role, each) for each in listed(policy["PolicyDocument"]["Statement"]))
    for kind, roles in ATTACHED_BY.items():
        for policy in of_type(template, kind).values():
            every = listed(policy["PolicyDocument"]["Statement"])
            yield from ((role["Ref"], each) for role in listed(policy[roles]) for each in every)


def wildcard_actions(template: Template) -> list[str]:
    found = ((role, action) for role, each in statements(template) for action in listed(each["Action"]))
    return [f"{role}: {action}" for role, action in found if "*" in action]


def unscoped(template: Template) -> set[str]:
    """Actions that are granted on all resources."""
    wide = (each for _, each in statements(template) if "*" in listed(each["Resource"]))
    return {action for each in wide for action in listed(each["Action"])}


def test_every_parameter_has_a_group_a_label_and_a_description(template: Template) -> None:
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(template["Parameters"])
    assert list(interface["ParameterLabels"]) == grouped
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"].endswith("."), name


def test_functions_have_roles_of_their_own(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    roles = {name: each["Role"]["Fn::GetAtt"][0] for name, each in functions.items()}
    assert roles == {name: f"{name}Role" for name in functions}


def test_functions_are_set_up_alike(template: Template) -> None:
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        assert function["Runtime"] == "python3.13", name
        assert function["Architectures"] == ["arm64"], name
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        assert 0 < function["Timeout"] <= 60, name
        assert function["MemorySize"] == 512, name
        assert len(function["Layers"]) == 1, name
        assert function["Description"], name


def test_logs_end_some_day(template: Template) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert {json.dumps(each["RetentionInDays"]) for each in groups.values()} == {'{"Ref": "LogRetentionDays"}'}
    used = {each["LoggingConfig"]["LogGroup"]["Ref"] for each in of_type(template, "AWS::Lambda::Function").values()}
    assert used <= groups.keys()


def test_machines_log_and_trace_everything(template: Template) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        logging = machine["LoggingConfiguration"]
        (destination,) = logging["Destinations"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", True), name
        assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0] in groups, name
        assert machine["TracingConfiguration"] == {"Enabled": True}, name


def test_machine_logs_have_a_name_that_step_functions_can_write_to(template: Template) -> None:
    """A resource policy has a size; names under this prefix share one (developer guide, "Logging using CloudWatch")."""
    machines = of_type(template, "AWS::StepFunctions::StateMachine").values()
    groups = of_type(template, "AWS::Logs::LogGroup")
    logging = {
        each["LoggingConfiguration"]["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
        for each in machines
    }
    for name in logging:
        assert groups[name]["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")


def test_machines_may_invoke_their_functions_and_no_others(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        granted = [each for role, each in statements(template) if role == f"{name}Role"]
        invoking = [each["Resource"] for each in granted if "lambda:InvokeFunction" in listed(each["Action"])]
        called = machine["DefinitionSubstitutions"].keys() & functions.keys()
        assert invoking == ([[{"Fn::GetAtt": [each, "Arn"]} for each in sorted(called)]] if called else []), name


def test_log_delivery_is_granted_once_and_to_every_machine(template: Template) -> None:
    assert of_type(template, "AWS::IAM::ManagedPolicy").keys() == {"LogDelivery"}
    delivering = [role for role, each in statements(template) if each.get("Sid") == "DeliverLogs"]
    machines = of_type(template, "AWS::StepFunctions::StateMachine")
    assert sorted(delivering) == sorted(f"{name}Role" for name in machines)


def test_roles_can_be_bounded(template: Template) -> None:
    bounded = {"Fn::If": ["IsBounded", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    for name, role in of_type(template, "AWS::IAM::Role").items():
        assert role.get("PermissionsBoundary") == bounded, name


def test_no_action_is_a_pattern(template: Template) -> None:
    assert wildcard_actions(template) == []


def test_prices_are_for_the_plan_alone(template: Template) -> None:
    assert [role for role, each in statements(template) if "pricing:GetProducts" in listed(each["Action"])] == [
        "ComposePlanRole"
    ]


def test_all_resources_are_granted_only_where_iam_offers_nothing_narrower(template: Template) -> None:
    known = set().union(*UNSCOPABLE.values())
    assert unscoped(template) == known


def test_policies_of_aws_write_logs_and_traces_only(template: Template) -> None:
    roles = of_type(template, "AWS::IAM::Role").values()
    attached = [each for role in roles for each in role.get("ManagedPolicyArns", [])]
    assert {each for each in attached if isinstance(each, str)} <= MANAGED


@pytest.mark.parametrize(("field", "value"), [("Action", ["ec2:*"]), ("Action", "iam:Put*"), ("Resource", "*")])
def test_a_wider_grant_is_found(template: Template, field: str, value: Any) -> None:
    wider = copy.deepcopy(template)
    statement = next(each for _, each in statements(wider) if each["Action"] == "iam:CreateRole")
    statement[field] = value
    assert (wildcard_actions(wider), unscoped(wider)) != (wildcard_actions(template), unscoped(template))


def test_what_changes_or_deletes_is_conditioned_on_our_tags(template: Template) -> None:
    """Creating is scoped by name or request tags; what the service cannot condition is named here with the reason."""
    loose = {action for _, each in statements(template) if "Condition" not in each for action in listed(each["Action"])}
    assert {action for action in loose if action.split(":")[1].startswith(CHANGING)} == UNCONDITIONED


@pytest.mark.parametrize("stack", ["private-connection", "private-connection-prod", "ververica-private-connection"])
def test_no_grant_on_access_roles_is_one_on_a_role_of_the_deployment(template: Template, stack: str) -> None:
    """SAM names a role ``<stack>-<logical id>-<random>``, under the path /, whatever the stack is called."""
    written = {(each.action, each.resource) for each in grants(policies(template, {})) if _writes_roles(each.action)}
    assert {resource for _, resource in written} >= {
        "arn:aws:iam::123456789012:role/private-connection/private-connection-*"
    }
    for role in of_type(template, "AWS::IAM::Role"):
        arn = f"arn:aws:iam::123456789012:role/{stack}-{role}-1A2B3C4D5E6F"
        assert [each for each in written if fnmatchcase(arn, each[1])] == []


def _writes_roles(action: str) -> bool:
    return action.startswith("iam:") and not action.startswith(("iam:Get", "iam:List"))


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/private-connection/", True),
        ("/data/ververica/", True),
        ("/", False),
        ("//", False),
        ("private-connection/", False),
        ("/private-connection", False),
        ("/*/", False),
        ("/private?/", False),
        ("/${aws:username}/", False),
    ],
)
def test_the_path_of_access_roles_is_one_of_their_own_and_no_pattern(
    template: Template, path: str, taken: bool
) -> None:
    allowed = template["Parameters"]["AccessRolePath"]["AllowedPattern"]
    assert bool(re.fullmatch(allowed, path)) is taken


CHANGING = ("Delete", "Modify", "Put", "Update", "Set", "Revoke", "Deregister", "Reject", "Authorize", "Register")
UNCONDITIONED = {
    # a cluster's security group may be somebody else's; that a rule is added and taken back there is the job
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:RevokeSecurityGroupIngress",
    # ElastiCache does it with the caller's rights; the interfaces carry no tags of ours
    "ec2:DeleteNetworkInterface",
    # a final snapshot does not exist yet and has no tags; the cluster itself is conditioned
    "elasticache:DeleteReplicationGroup",
    # the table of the deployment itself
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    # scoped by the names of our roles, and of those that ExtendableRoleArns lists
    "iam:DeleteRolePolicy",
    # how a machine hears of the end of an execution that it started: one rule, whose name is AWS's
    "events:PutRule",
    "events:PutTargets",
    # the queue of the deployment itself
    "sqs:DeleteMessage",
    # Step Functions delivers logs with the machine's role, on all resources only
    "logs:DeleteLogDelivery",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
