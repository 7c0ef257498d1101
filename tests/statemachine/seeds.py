"""A definition that keeps every rule, to change one thing in, and its deployment."""

import copy
from collections.abc import Callable
from typing import Any

from tools.definitions.form import formatted
from tools.definitions.retries import OF_FUNCTIONS
from tools.definitions.subject import Subject
from tools.deployment import Deployment

Json = dict[str, Any]
CATCH = [{"ErrorEquals": ["States.ALL"], "Assign": {"failure": "{% $states.errorOutput %}"}, "Next": "Failed"}]


def task(function: str, payload: object, **fields: object) -> Json:
    """A Task that keeps every rule."""
    arguments = {"FunctionName": f"${{{function}}}", "Payload": payload}
    fixed = {
        "Type": "Task",
        "Comment": "Looks.",
        "Resource": "arn:${Partition}:states:::lambda:invoke",
        "TimeoutSeconds": 90,
    }
    return {**fixed, "Arguments": arguments, "Retry": OF_FUNCTIONS, "Catch": CATCH, **fields}


MACHINE: Json = {
    "Comment": "Looks until it may stop.",
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 1000,
    "StartAt": "Check cluster",
    "States": {
        "Check cluster": task(
            "CheckCluster",
            {"cluster": {"id": "{% $states.input.id %}", "kind": "cacheCluster", "creation": None}, "tagged": False},
            Next="Ready?",
            Assign={"cluster": "{% $states.result.Payload %}", "nodes": ["a"], "waited": 1, "offers": []},
        ),
        "Ready?": {
            "Type": "Choice",
            "Comment": "Is it there?",
            "Choices": [
                {"Condition": "{% $cluster.ready %}", "Next": "Each"},
                {"Condition": "{% $waited >= ${LimitSeconds} %}", "Next": "Failed late"},
            ],
            "Default": "Wait for it",
        },
        "Wait for it": {
            "Type": "Wait",
            "Comment": "It takes a while.",
            "Seconds": "{% ${PollSeconds} %}",
            "Next": "Check cluster",
        },
        "Each": {
            "Type": "Map",
            "Comment": "Each by itself.",
            "Items": "{% [$nodes[[$count($offers)..$count($offers) + 19]]] %}",
            "MaxConcurrency": 5,
            "ItemProcessor": {
                "StartAt": "Offer",
                "States": {
                    "Offer": task(
                        "AllowPrincipal",
                        {"serviceId": "{% $states.input %}"},
                        End=True,
                        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Not offered"}],
                    ),
                    "Not offered": {"Type": "Pass", "Comment": "A result.", "End": True},
                },
            },
            "Catch": CATCH,
            "Assign": {"offers": "{% [$offers, $states.result] %}"},
            "Next": "More?",
        },
        "More?": {
            "Type": "Choice",
            "Comment": "Are some left?",
            "Choices": [{"Condition": "{% $count($offers) < $count($nodes) %}", "Next": "Each"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed", "Comment": "It is there."},
        "Failed": {"Type": "Fail", "Comment": "It is not.", "Error": "{% $failure.Error %}", "Cause": "c"},
        "Failed late": {"Type": "Fail", "Comment": "In time.", "Error": "ClusterNotReady", "Cause": "c"},
    },
}
TEMPLATE: Json = {
    "Parameters": {"LimitSeconds": {"Type": "Number", "Default": 900}},
    "Globals": {"Function": {"Timeout": 60}},
    "Resources": {
        "Look": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {
                "DefinitionUri": "statemachine/look.asl.json",
                "DefinitionSubstitutions": {
                    "CheckCluster": {},
                    "AllowPrincipal": {},
                    "LimitSeconds": {},
                    "PollSeconds": {},
                    "Partition": {},
                },
            },
        },
        "CheckCluster": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "functions/check_cluster/"},
        },
        "AllowPrincipal": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "functions/allow_principal/"},
        },
    },
}


def subject(change: Callable[[Json, Json], object] = lambda machine, template: None) -> Subject:
    """The definition with a change made in it, or in its template, put into its one form."""
    machine, template = copy.deepcopy(MACHINE), copy.deepcopy(TEMPLATE)
    change(machine, template)
    return Subject("look", formatted(machine), machine, Deployment(template), {"look": machine})
