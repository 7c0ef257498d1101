"""Two stacks in one Region: what has a name has the stack's in it, and what hears events hears those of its own."""

import json
import re
from pathlib import Path
from typing import Any, Final

from tests.template.test_rendered import of_type

Template = dict[str, Any]
NAMING: Final = re.compile(r"(\w*Name|Name|Namespace)")
NAMED_OTHERWISE: Final = {
    "AWS::IAM::Policy": "PolicyName",  # within its role
    "AWS::CloudWatch::Alarm": "MetricName",
}
SHARED: Final = {"PrivateConnectionLayer"}
"""Each stack publishes versions of the layer, uses its own ones by number, and deletes those."""
CHARACTERS: Final = {
    "NodeEventPipe.Name": 64,  # EventBridge Pipes API reference, CreatePipe
    "ReconcileSweep.Name": 64,  # EventBridge Scheduler API reference, CreateSchedule
    "Dashboard.DashboardName": 255,  # CloudWatch API reference, PutDashboard
    "MachineLogs.LogGroupName": 512,  # CloudWatch Logs API reference, CreateLogGroup
    "FunctionLogs.LogGroupName": 512,
}
"""How many characters each name with the stack's name in it may have."""
LONGEST_REGION: Final = "ap-southeast-1"
LONGEST_STACK_NAME: Final = 58
"""As the README says: deploying a stack with a longer name fails."""


def names(template: Template) -> dict[str, str]:
    """The names that the template gives, by the logical id and the property."""
    found = {}
    for resource, each in template["Resources"].items():
        for key, value in each.get("Properties", {}).items():
            told = NAMED_OTHERWISE.get(each["Type"]) == key
            if NAMING.fullmatch(key) and key not in ("EventBusName", "Namespace") and not told:
                found[f"{resource}.{key}"] = json.dumps(value)
    return found


def test_every_name_that_is_given_has_the_stacks_name_in_it(template: Template) -> None:
    given = names(template)
    shared = {each for each, name in given.items() if "${AWS::StackName}" not in name}
    assert {"MachineLogs.LogGroupName", "NodeEventPipe.Name", "ReconcileSweep.Name"} <= given.keys()
    assert {json.loads(given[each]) for each in shared} == SHARED


def test_the_longest_stack_name_fits_every_name_that_is_given(template: Template) -> None:
    """CloudFormation takes 128 characters for a stack (API reference, CreateStack), and cuts only names it makes."""
    named = {each: json.loads(name)["Fn::Sub"] for each, name in names(template).items() if "${AWS::StackName}" in name}
    assert named.keys() == CHARACTERS.keys()
    around = {
        each: len(name.replace("${AWS::StackName}", "").replace("${AWS::Region}", LONGEST_REGION))
        for each, name in named.items()
    }
    assert min(CHARACTERS[each] - around[each] for each in named) == LONGEST_STACK_NAME
    assert f"A stack's name may have {LONGEST_STACK_NAME} characters" in Path("README.md").read_text()


def test_rules_hear_what_becomes_of_their_own_machines_and_what_is_on_their_own_bus(template: Template) -> None:
    """Two stacks that shall not both hear a request have a bus each: the parameter RequestBus."""
    rules = of_type(template, "AWS::Events::Rule")
    heard = {name: each["EventPattern"] for name, each in rules.items()}
    machines = {name for name, each in heard.items() if each["source"] == ["aws.states"]}
    assert machines
    assert all(heard[name]["detail"]["stateMachineArn"] for name in machines)
    by_bus = {name for name, each in rules.items() if each.get("EventBusName") == {"Ref": "RequestBus"}}
    assert by_bus == {name for name, each in heard.items() if each["source"] == ["private-connection.request"]}
