"""What ElastiCache tells of nodes: who may tell it, who hears it, and that none of it is there unless asked for."""

import json
from typing import Any, Final

from tests.template.test_rendered import of_type

Template = dict[str, Any]
MADE: Final = {
    "NodeEventPipe",
    "NodeEventPipeRole",
    "NodeEventQueue",
    "NodeEventQueuePolicy",
    "NodeEventSubscription",
    "NodeEventTopic",
    "NodeEventTopicPolicy",
    "NodeEventUndelivered",
    "NodeEventsWaiting",
    "UndeliveredNodeEvents",
}


def statement(template: Template, policy: str) -> Any:
    (found,) = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_they_are_off_unless_they_are_asked_for(template: Template) -> None:
    conditional = {name for name, each in template["Resources"].items() if each.get("Condition") == "HasNodeEvents"}
    assert (template["Parameters"]["NodeEvents"]["Default"], conditional) == ("false", MADE)
    assert template["Outputs"]["NodeEventTopicArn"]["Condition"] == "HasNodeEvents"


def test_only_what_makes_clusters_and_what_counts_alarms_knows_the_topic(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    variables = {name: each["Environment"]["Variables"] for name, each in functions.items()}
    known = {name: each["NODE_EVENTS_TOPIC"] for name, each in variables.items() if "NODE_EVENTS_TOPIC" in each}
    topic = {"Fn::If": ["HasNodeEvents", {"Ref": "NodeEventTopic"}, ""]}
    assert known == {"ComposePlan": topic, "EnsureCluster": topic}


def test_services_publish_for_this_account(template: Template) -> None:
    """ElastiCache sends aws:SourceOwner, and a policy with aws:SourceAccount shuts it out for good (ElastiCache user
    guide, "Managing ElastiCache Amazon SNS notifications").
    """
    given = statement(template, "NodeEventTopicPolicy")
    assert (given["Principal"], given["Action"], given["Resource"]) == (
        {"AWS": "*"},
        "sns:Publish",
        {"Ref": "NodeEventTopic"},
    )
    assert given["Condition"] == {"StringEquals": {"aws:SourceOwner": {"Ref": "AWS::AccountId"}}}


def test_the_topic_is_not_encrypted_and_says_why(template: Template) -> None:
    """ElastiCache publishes to no encrypted one (ElastiCache user guide, "Event notifications and Amazon SNS")."""
    topic = template["Resources"]["NodeEventTopic"]
    assert "KmsMasterKeyId" not in topic.get("Properties", {})
    (skipped,) = topic["Metadata"]["checkov"]["skip"]
    assert (skipped["id"], "ElastiCache" in skipped["comment"]) == ("CKV_AWS_26", True)


def test_only_the_topic_may_fill_the_queue(template: Template) -> None:
    given = statement(template, "NodeEventQueuePolicy")
    assert (given["Principal"], given["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    assert given["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "NodeEventTopic"}}}


def test_messages_stay_hidden_for_as_long_as_the_pipe_gathers_them(template: Template) -> None:
    """Else they come again while it still holds them (SQS developer guide, "Amazon SQS visibility timeout")."""
    queue = template["Resources"]["NodeEventQueue"]["Properties"]
    pipe = template["Resources"]["NodeEventPipe"]["Properties"]
    gathers = pipe["SourceParameters"]["SqsQueueParameters"]["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= 2 * gathers > 0
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UndeliveredNodeEvents", "Arn"]}


def test_what_no_pipe_reads_is_told_and_kept(template: Template) -> None:
    """EventBridge may disable a pipe (user guide, "EventBridge Pipes error handling and troubleshooting"): nothing is
    received then, and nothing becomes a dead letter. A message that is received in vain is not counted any more from
    its third receipt on (SQS developer guide, "Available CloudWatch metrics for Amazon SQS"). So while the pipe runs
    none is told.
    """
    queue, alarm, pipe = (
        template["Resources"][each]["Properties"] for each in ("NodeEventQueue", "NodeEventsWaiting", "NodeEventPipe")
    )
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["NodeEventQueue", "QueueName"]}}]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["TreatMissingData"] == "notBreaching"
    window = pipe["SourceParameters"]["SqsQueueParameters"]["MaximumBatchingWindowInSeconds"]
    assert 3 * (queue["VisibilityTimeout"] + window) < alarm["Threshold"] < queue["MessageRetentionPeriod"] / 100


def test_a_batch_is_never_too_large_for_an_execution(template: Template) -> None:
    """Nothing of a message gets into it: an execution's input has 262,144 characters (Step Functions quotas)."""
    pipe = template["Resources"]["NodeEventPipe"]["Properties"]
    each = json.loads(pipe["TargetParameters"]["InputTemplate"])
    assert "<" not in pipe["TargetParameters"]["InputTemplate"]
    batch = [each] * pipe["SourceParameters"]["SqsQueueParameters"]["BatchSize"]
    assert len(json.dumps(batch)) < 10_000


def test_the_pipe_may_read_its_queue_and_start_sweeps_and_is_nobody_elses(template: Template) -> None:
    role = template["Resources"]["NodeEventPipeRole"]["Properties"]
    pipe = template["Resources"]["NodeEventPipe"]["Properties"]
    (policy,) = role["Policies"]
    granted = [(each["Action"], each["Resource"]) for each in policy["PolicyDocument"]["Statement"]]
    queue = {"Fn::GetAtt": ["NodeEventQueue", "Arn"]}
    assert granted == [
        (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queue),
        ("states:StartExecution", {"Ref": "Reconcile"}),
    ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    arn = trust["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert trust["Principal"] == {"Service": "pipes.amazonaws.com"}
    assert arn.endswith(f":pipe/{pipe['Name']['Fn::Sub']}")
