"""What Step Functions asks of a machine's role when it makes the machine.

A state that waits for an execution that it starts (`startExecution.sync`) hears of its end by a rule that Step
Functions keeps in EventBridge with the rights of the machine's role. CreateStateMachine refuses a role that may not:
"is not authorized to create managed-rule" (seen on AWS: nasa/cumulus pull request 2693, aws-samples/
amazon-sagemaker-safe-deployment-pipeline issue 29; the rights: Step Functions developer guide, "Integrate with AWS Step
Functions"). CloudFormation makes a policy that names the machine after it, and one that is put into its role beside it
at any time, so only what the role itself holds counts.
"""

import re
from functools import lru_cache
from typing import Final

from sandbox.authorization.policies import Policies, Verdict
from sandbox.deployment.resolver import ACCOUNT, TemplateError
from sandbox.deployment.template import Machine, Template

WAITS: Final = re.compile(r'"arn:aws:states:::states:startExecution\.sync(:2)?"')
RULE: Final = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
ACTIONS: Final = ("events:DescribeRule", "events:PutRule", "events:PutTargets")


@lru_cache(maxsize=32)
def require_completion_rules(template: Template) -> None:
    """Raises TemplateError naming a machine that AWS would not make. Roles that SAM does not make are not judged."""
    for machine in template.machines.values():
        if machine.role is None and WAITS.search(machine.definition):
            _require(template, machine)


def _require(template: Template, machine: Machine) -> None:
    held = Policies([each for each in template.held(machine) if isinstance(each, dict)])
    rule = f"arn:aws:events:{template.region}:{ACCOUNT}:rule/{RULE}"
    lacking = [action for action in ACTIONS if held.judge(action, rule, {}) is not Verdict.ALLOWED]
    if lacking:
        raise TemplateError(
            f"{machine.logical_id}: its role is not authorized to create managed-rule {RULE} when the machine is made: "
            f"{', '.join(lacking)} should be in its own Policies"
        )
