"""Intrinsic functions are carried out as CloudFormation would, in a source of SAM's and in what SAM makes of it."""

from typing import Any

import pytest

from sandbox.deployment.resolver import ACCOUNT, Resolver, TemplateError

REGION = "us-west-1"
EVENTS = {
    "Heard": {"Type": "EventBridgeRule", "Properties": {"RuleName": "ears"}},
    "Also": {"Type": "EventBridgeRule", "Properties": {"EventBusName": "orders"}},
    "Often": {"Type": "ScheduleV2"},
}
"""SAM developer guide, "Generated CloudFormation resources for AWS::Serverless::StateMachine"."""
SOURCE: dict[str, Any] = {
    "Parameters": {
        "Greeting": {"Type": "String", "Default": "hello"},
        "Boundary": {"Type": "String", "Default": ""},
        "Arns": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Needed": {"Type": "String"},
    },
    "Conditions": {"IsBounded": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Boundary"}, ""]}]}},
    "Resources": {
        "Echo": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": {"Fn::Sub": "${Greeting}-echo"}}},
        "Run": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Events": EVENTS}},
        "Deployed": {"Type": "AWS::Lambda::Function"},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "Shared": {"Type": "AWS::IAM::ManagedPolicy"},
        "Role": {"Type": "AWS::IAM::Role"},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/logs"}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Table": {"Type": "AWS::DynamoDB::Table"},
        "Bus": {"Type": "AWS::Events::EventBus"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm"},
    },
    "Mappings": {"Lengths": {"5": {"Seconds": 300}, "hello": {"Seconds": 5}}},
}
NOTHING = {"Ref": "AWS::NoValue"}


def resolved(value: object, **parameters: str) -> Any:
    return Resolver(SOURCE, REGION, parameters)(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Greeting"}, "hello"),
        ({"Ref": "Arns"}, ["a", "b"]),
        ({"Ref": "Echo"}, "hello-echo"),
        ({"Ref": "Deployed"}, "Deployed"),
        ({"Ref": "Logs"}, "/logs"),
        ({"Ref": "Run"}, f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Run"),
        ({"Ref": "Machine"}, f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Machine"),
        ({"Ref": "Shared"}, f"arn:aws:iam::{ACCOUNT}:policy/Shared"),
        ({"Fn::GetAtt": ["Echo", "Arn"]}, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello-echo"),
        ({"Fn::GetAtt": "Deployed.Arn"}, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Deployed"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/Role"),
        ({"Fn::GetAtt": ["Logs", "Arn"]}, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/logs:*"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "Queue"),
        ({"Fn::GetAtt": ["Machine", "Name"]}, "Machine"),
        ({"Ref": "Topic"}, f"arn:aws:sns:{REGION}:{ACCOUNT}:Topic"),
        ({"Fn::GetAtt": ["Topic", "TopicArn"]}, f"arn:aws:sns:{REGION}:{ACCOUNT}:Topic"),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "Topic"),
        ({"Fn::GetAtt": ["RunHeard", "Arn"]}, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/ears"),
        ({"Fn::GetAtt": ["RunAlso", "Arn"]}, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders/RunAlso"),
        ({"Fn::GetAtt": ["RunOften", "Arn"]}, f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/RunOften"),
        ({"Ref": "Alarm"}, "Alarm"),
        ({"Fn::GetAtt": ["Alarm", "Arn"]}, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:Alarm"),
        ({"Fn::FindInMap": ["Lengths", 5, "Seconds"]}, 300),
        ({"Fn::FindInMap": ["Lengths", {"Ref": "Greeting"}, "Seconds"]}, 5),
        ({"Ref": "Table"}, "Table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Table"),
        ({"Fn::Sub": "${AWS::Region}-${Greeting}-${!literal}"}, f"{REGION}-hello-${{literal}}"),
        (
            {"Fn::Sub": ["${a}/${Deployed.Arn}", {"a": {"Ref": "Greeting"}}]},
            f"hello/arn:aws:lambda:{REGION}:{ACCOUNT}:function:Deployed",
        ),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::AccountId"}]]}, f"a-{ACCOUNT}"),
        ({"Fn::Join": ["/", {"Ref": "Arns"}]}, "a/b"),
        ({"Fn::Select": [1, {"Ref": "Arns"}]}, "b"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["IsBounded", 1, 2]}, 2),
        ({"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Not": [{"Condition": "IsBounded"}]}]}, True),
        ({"Fn::Or": [{"Condition": "IsBounded"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ([1, NOTHING, 2], [1, 2]),
        ({"a": NOTHING, "b": [NOTHING, 1]}, {"b": [1]}),
        ({"Condition": {"Null": {"k": "false"}}}, {"Condition": {"Null": {"k": "false"}}}),
    ],
)
def test_intrinsic_functions(value: object, expected: object) -> None:
    assert resolved(value) == expected


def test_parameters_that_are_given_decide() -> None:
    assert resolved({"Fn::If": ["IsBounded", {"Ref": "Boundary"}, NOTHING]}, Boundary="b") == "b"
    assert resolved({"Ref": "Arns"}, Arns="c") == ["c"]
    assert resolved({"Ref": "Needed"}, Needed="x") == "x"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Ref": "Nothing"}, "nothing is named Nothing"),
        ({"Ref": "Needed"}, "Needed has no default"),
        ({"Fn::GetAtt": ["Echo", "Colour"]}, "does not resolve Echo.Colour"),
        ({"Fn::GetAtt": ["Bus", "Arn"]}, "does not know the ARN of Bus"),
        ({"Fn::FindInMap": ["Lengths", "6", "Seconds"]}, "the mapping Lengths has nothing at 6, Seconds"),
        ({"Fn::FindInMap": ["Widths", "5", "Seconds"]}, "the mapping Widths has nothing at 5, Seconds"),
        ({"Fn::ImportValue": "x"}, "does not resolve Fn::ImportValue"),
    ],
)
def test_what_cannot_be_resolved_is_refused(value: object, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem):
        resolved(value)


def test_a_parameter_that_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(TemplateError, match="Nonesuch"):
        resolved(1, Nonesuch="1")
