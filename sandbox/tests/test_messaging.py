"""Topics, queues and pipes of a template: what a cluster tells starts a machine.

Sources: the docstrings of messaging.py, deployment/messaging.py and services/elasticache/notifications.py.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from sandbox.account import Account
from sandbox.clock import START
from sandbox.deployment.resolver import TemplateError
from sandbox.runs import report
from sandbox.scenarios.scenario import carry_out, parse
from sandbox.tests.engine_stage import machine
from sandbox.world import World, apply_event

Json = Any
TOPIC = "arn:aws:sns:us-east-1:123456789012:Told"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:Waiting"
LOOK = machine({"Look": {"Type": "Pass", "End": True}})
WORLD: Json = {
    "clusters": [{"id": "orders", "replicasPerShard": 1, "notificationTopic": TOPIC}],
    "latency": {"call": 0, "modification": 100, "cluster": 500, "clusterDeletion": 50},
}


def allow(action: str, resource: Json, principal: Json = None, condition: Json = None) -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    statement |= {"Principal": principal} if principal else {}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


OWNER = {"StringEquals": {"aws:SourceOwner": "123456789012"}}
TOLD = {"Ref": "Told"}
RESOURCES: Json = {
    "Told": {"Type": "AWS::SNS::Topic"},
    "ToldPolicy": {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [TOLD],
            "PolicyDocument": allow("sns:Publish", TOLD, {"AWS": "*"}, OWNER),
        },
    },
    "Subscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": TOLD, "Protocol": "sqs", "Endpoint": arn("Waiting"), "RawMessageDelivery": True},
    },
    "Waiting": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"deadLetterTargetArn": arn("Undelivered"), "maxReceiveCount": 3}},
    },
    "WaitingPolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Waiting"}],
            "PolicyDocument": allow(
                "sqs:SendMessage",
                arn("Waiting"),
                {"Service": "sns.amazonaws.com"},
                {"ArnEquals": {"aws:SourceArn": TOLD}},
            ),
        },
    },
    "Undelivered": {"Type": "AWS::SQS::Queue"},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Policies": [
                {"PolicyDocument": allow("sqs:*", arn("Waiting"))},
                {"PolicyDocument": allow("states:StartExecution", {"Ref": "Look"})},
            ]
        },
    },
    "Pipe": {
        "Type": "AWS::Pipes::Pipe",
        "Properties": {
            "RoleArn": arn("Role"),
            "Source": arn("Waiting"),
            "SourceParameters": {"SqsQueueParameters": {"BatchSize": 4, "MaximumBatchingWindowInSeconds": 60}},
            "Target": {"Ref": "Look"},
            "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
        },
    },
}


def written(folder: Path, **changes: Json) -> Path:
    """A template in which properties of resources are others; None takes a property, or a whole resource, away."""
    (folder / "look.asl.json").write_text(json.dumps(LOOK))
    look = {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "look.asl.json"}}
    resources = {"Look": look, **json.loads(json.dumps(RESOURCES))}
    for name, properties in changes.items():
        if properties is None:
            del resources[name]
            continue
        resources.setdefault(name, {"Type": "AWS::Scheduler::Schedule"})
        own = {**resources[name].get("Properties", {}), **properties}
        resources[name]["Properties"] = {key: value for key, value in own.items() if value is not None}
    (folder / "template.yaml").write_text(yaml.safe_dump({"Resources": resources}))
    return folder / "template.yaml"


@contextmanager
def opened(folder: Path, world: Json = None, **changes: Json) -> Iterator[Account]:
    given = World.model_validate(WORLD if world is None else world)
    with Account(given, seed=1, template=written(folder, **changes)) as account:
        yield account


def happen(account: Account, event: str, **arguments: Json) -> None:
    apply_event(event, arguments, account.conditions)


def looked(account: Account) -> list[tuple[float, Json]]:
    """When the machine was started, in seconds from the beginning, and with what."""
    begun = [each.root.start_date.timestamp() - START for each in account.unasked]
    return list(zip(begun, [report(each).output for each in account.unasked], strict=True))


def said(account: Account) -> list[Json]:
    """The messages that were published."""
    return [json.loads(text) for topic, text in account.post.published if topic == "Told"]


# ---- what a cluster tells


def test_a_replaced_node_is_told_to_the_topic_of_its_cluster(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        happen(account, "replace-node", node="orders-001")
        account.advance(10)
        replaced = ["CacheNodeReplaceStarted", "CacheNodeReplaceComplete"]
        assert said(account) == [{f"ElastiCache:{each}": "orders-001"} for each in replaced]


@pytest.mark.parametrize(
    ("event", "arguments", "before", "after"),
    [
        ("change-ip", {"node": "orders-002"}, ["CacheNodeReplaceStarted", "CacheNodeReplaceComplete"], []),
        (
            "add-replica",
            {"cluster": "orders"},
            ["ReplicationGroupIncreaseReplicaCountStarted"],
            ["CacheClusterProvisioningComplete", "ReplicationGroupIncreaseReplicaCountFinished"],
        ),
        ("remove-replica", {"node": "orders-002"}, [], ["DeleteCacheClusterComplete"]),
        ("fail-over", {"cluster": "orders"}, ["FailoverComplete"], []),
        ("scale", {"cluster": "orders"}, [], ["ReplicationGroupScalingComplete"]),
        ("kill-node", {"node": "orders-002"}, [], []),
    ],
)
def test_each_change_is_told_when_it_begins_and_when_it_is_done(
    tmp_path: Path, event: str, arguments: Json, before: list[str], after: list[str]
) -> None:
    with opened(tmp_path) as account:
        happen(account, event, **arguments)
        account.advance(99)
        assert [key for each in said(account) for key in each] == [f"ElastiCache:{each}" for each in before]
        account.advance(1)
        assert [key for each in said(account) for key in each] == [f"ElastiCache:{each}" for each in before + after]


def test_the_nodes_of_a_shard_are_told_as_they_come_and_go(tmp_path: Path) -> None:
    world = {**WORLD, "clusters": [{"id": "orders", "mode": "enabled", "shards": 2, "notificationTopic": TOPIC}]}
    with opened(tmp_path, world) as account:
        happen(account, "add-shard", cluster="orders")
        account.advance(100)
        happen(account, "remove-shard", cluster="orders", shard="0001")
        account.advance(100)
        assert said(account) == [
            {"ElastiCache:CacheClusterProvisioningComplete": "orders-0003-001"},
            {"ElastiCache:DeleteCacheClusterComplete": "orders-0001-001"},
        ]


def test_a_group_that_is_created_with_a_topic_tells_it(tmp_path: Path) -> None:
    with opened(tmp_path, {**WORLD, "clusters": []}) as account:
        client: Any = boto3.client("elasticache")
        given = {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d", "CacheNodeType": "cache.t4g.micro"}
        subnets = {"CacheSubnetGroupName": "new", "CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-a"]}
        client.create_cache_subnet_group(**subnets)
        given |= {"CacheSubnetGroupName": "new"}
        with pytest.raises(ClientError, match="NotificationTopicArn is not valid"):
            client.create_replication_group(**given, NotificationTopicArn=TOPIC.replace("us-east-1", "us-west-1"))
        client.create_replication_group(**given, NotificationTopicArn=TOPIC)
        account.advance(499)
        assert said(account) == []
        account.advance(1)
        (member,) = client.describe_cache_clusters()["CacheClusters"]
        assert member["NotificationConfiguration"] == {"TopicArn": TOPIC, "TopicStatus": "active"}
        client.delete_replication_group(ReplicationGroupId="new")
        account.advance(50)
        assert said(account) == [
            {"ElastiCache:CacheClusterProvisioningComplete": "new-001"},
            {"ElastiCache:CreateReplicationGroupComplete": "new"},
            {"ElastiCache:DeleteCacheClusterComplete": "new-001"},
        ]


def test_a_topic_can_be_set_later_and_made_inactive(tmp_path: Path) -> None:
    """ElastiCache API reference, ModifyReplicationGroup and ModifyCacheCluster (`NotificationTopicStatus`)."""
    clusters = [{"id": "orders", "replicasPerShard": 1}, {"id": "lone", "mode": "standalone"}]
    with opened(tmp_path, {**WORLD, "clusters": clusters}) as account:
        client: Any = boto3.client("elasticache")
        with pytest.raises(ClientError, match="no notification topic"):
            client.modify_replication_group(ReplicationGroupId="orders", NotificationTopicStatus="inactive")
        happen(account, "replace-node", node="orders-001")
        account.advance(100)
        client.modify_replication_group(ReplicationGroupId="orders", NotificationTopicArn=TOPIC)
        client.modify_cache_cluster(CacheClusterId="lone", NotificationTopicArn=TOPIC)
        for node in ("orders-002", "lone"):
            happen(account, "replace-node", node=node)
        account.advance(100)
        told = said(account)
        assert sorted(name for each in told for name in each.values()) == ["lone", "lone", "orders-002", "orders-002"]
        client.modify_replication_group(ReplicationGroupId="orders", NotificationTopicStatus="inactive")
        happen(account, "replace-node", node="orders-001")
        account.advance(100)
        assert said(account) == told
        shown = {each["CacheClusterId"]: each for each in client.describe_cache_clusters()["CacheClusters"]}
        assert shown["orders-001"]["NotificationConfiguration"] == {"TopicArn": TOPIC, "TopicStatus": "inactive"}


@pytest.mark.parametrize(
    "changes",
    [
        {"Told": {"KmsMasterKeyId": "alias/aws/sns"}},
        {"ToldPolicy": None},
        {
            "ToldPolicy": {
                "PolicyDocument": allow(
                    "sns:Publish", TOLD, {"AWS": "*"}, {"StringEquals": {"aws:SourceAccount": "123456789012"}}
                )
            }
        },
    ],
    ids=["encrypted", "no policy", "SourceAccount"],
)
def test_a_topic_that_does_not_let_elasticache_publish_hears_nothing(tmp_path: Path, changes: Json) -> None:
    with opened(tmp_path, **changes) as account:
        happen(account, "replace-node", node="orders-001")
        account.advance(10)
        assert said(account) == []


@pytest.mark.parametrize(("key", "heard"), [(None, 1), ("alias/aws/sns", 0), ("alias/ours", 0)])
def test_no_service_publishes_to_a_topic_whose_key_it_may_not_use(tmp_path: Path, key: str | None, heard: int) -> None:
    """SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics"."""
    service = "cloudwatch.amazonaws.com"
    policy = allow("sns:Publish", TOLD, {"Service": service})
    with opened(tmp_path, Told={"KmsMasterKeyId": key}, ToldPolicy={"PolicyDocument": policy}) as account:
        account.post.publish(TOPIC, "{}", service, {})
        assert len(said(account)) == heard


# ---- from the topic to the machine


def test_a_batch_begins_with_its_first_message_and_ends_with_its_window(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        happen(account, "replace-node", node="orders-001")
        account.advance(50)
        happen(account, "fail-over", cluster="orders")
        account.advance(10)
        assert looked(account) == []
        account.advance(1)
        ((begun, records),) = looked(account)
        assert (begun, len(records)) == (61, 3)
        assert [json.loads(each["body"]) for each in records] == said(account)
        assert account.post.queues["Waiting"].messages == []


def test_a_record_is_as_pipes_make_it_of_a_message(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(61)
        ((_, (record,)),) = looked(account)
    assert len(record.pop("messageId")) == 36
    assert record.pop("receiptHandle")
    assert record == {
        "body": '{"ElastiCache:FailoverComplete":"orders"}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(round((START + 1) * 1000)),
            "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
            "ApproximateFirstReceiveTimestamp": str(round((START + 61) * 1000)),
        },
        "messageAttributes": {},
        "md5OfBody": "9e26c7f35b83c9dc2439836a42703bb5",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "us-east-1",
    }


def test_a_message_that_is_not_raw_is_in_an_envelope(tmp_path: Path) -> None:
    with opened(tmp_path, Subscription={"RawMessageDelivery": None}) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(61)
        ((_, (record,)),) = looked(account)
    envelope = json.loads(record["body"])
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", TOPIC)
    assert json.loads(envelope["Message"]) == {"ElastiCache:FailoverComplete": "orders"}


def test_a_batch_that_is_full_is_delivered_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        for _ in range(3):
            happen(account, "replace-node", node="orders-001")
        account.advance(40)
        happen(account, "fail-over", cluster="orders")
        account.advance(61)
        assert [(begun, len(records)) for begun, records in looked(account)] == [(1, 4), (61, 3)]


@pytest.mark.parametrize(("kept", "waits", "lost"), [(None, 300_000, False), (None, 345_600, True), (600, 601, True)])
def test_what_a_stopped_pipe_does_not_read_waits_for_as_long_as_its_queue_keeps_it(
    tmp_path: Path, kept: int | None, waits: int, *, lost: bool
) -> None:
    """User guide, "EventBridge Pipes error handling and troubleshooting" (a pipe can be disabled automatically); SQS
    API reference, SetQueueAttributes (`MessageRetentionPeriod`: four days where nothing is said). It is no dead letter.
    """
    with opened(tmp_path, Waiting={"MessageRetentionPeriod": kept}) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(10)
        account.post.stop_pipe("Waiting")
        account.advance(waits)
        assert (looked(account), account.post.queues["Undelivered"].messages) == ([], [])
        assert len(account.post.waiting("Waiting")) == (not lost)
        account.post.start_pipe("Waiting")
        account.advance(61)
        assert [len(records) for _, records in looked(account)] == [1] * (not lost)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"because": "node events"}', {"because": "node events"}),
        ('{"event": <$.body>, "by": "<aws.pipes.pipe-name>"}', {"event": '{"a": "orders"}', "by": "Pipe"}),
        ('{"group": <$.body.a>, "no": <$.body.b>}', {"group": "orders", "no": None}),
        ('"about <$.body.a>"', "about orders"),
    ],
)
def test_a_template_is_applied_to_each_record(tmp_path: Path, template: str, expected: Json) -> None:
    parameters = RESOURCES["Pipe"]["Properties"]["TargetParameters"] | {"InputTemplate": template}
    with opened(tmp_path, Pipe={"TargetParameters": parameters}) as account:
        for _ in range(2):
            account.post.publish(TOPIC, '{"a": "orders"}', "*", {"aws:SourceOwner": "123456789012"})
        account.advance(61)
        assert [each for _, each in looked(account)] == [[expected, expected]]


def test_messages_move_only_while_time_passes_and_make_nothing_endless(tmp_path: Path) -> None:
    steps = [{"event": "fail-over", "cluster": "orders"}, {"advance": 30}, {"advance": 30}, {"advance": 1}]
    template = written(tmp_path)
    played = carry_out(
        parse({"world": WORLD, "steps": steps}),
        opened=lambda world, seed, parameters: Account(world, seed, template=template, parameters=parameters),
    )
    _, first, second, third = json.loads(played.as_json())["steps"]
    assert (first, second) == ({"advance": 30}, {"advance": 30})
    assert [(each["run"], each["status"]) for each in third["started"]] == [("look", "SUCCEEDED")]


def test_a_machine_may_be_scheduled_as_well(tmp_path: Path) -> None:
    """Whoever starts it gives each execution a name of its own."""
    schedule = {
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": {"Ref": "Look"}, "RoleArn": arn("Role")},
    }
    with opened(tmp_path, Often=schedule) as account:
        for _ in range(10):
            happen(account, "replace-node", node="orders-001")
            account.advance(60)
        account.advance(60)
        by_pipe = [records for _, records in looked(account) if isinstance(records, list)]
        assert (len(by_pipe), len(account.unasked)) == (10, 10 + 12)
        assert len({each.root.name for each in account.unasked}) == len(account.unasked)


# ---- what is not delivered


ONLY_READS = {"Policies": [{"PolicyDocument": allow("sqs:*", arn("Waiting"))}]}


def test_what_cannot_be_delivered_is_received_again_and_goes_to_the_dead_letters(tmp_path: Path) -> None:
    """After three receipts in vain, 30 hidden seconds and a window of 60 apart."""
    with opened(tmp_path, Role=ONLY_READS) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(61 + 2 * 90 + 30 + 59)
        (waiting,) = account.post.queues["Waiting"].messages
        assert [moment - START for moment in waiting.received] == [61, 151, 241]
        account.advance(1)
        assert (account.post.queues["Waiting"].messages, account.unasked) == ([], [])
        (dead,) = account.post.queues["Undelivered"].messages
        assert dead is waiting


def test_without_dead_letters_a_message_stays(tmp_path: Path) -> None:
    with opened(tmp_path, Role=ONLY_READS, Waiting={"RedrivePolicy": None}) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(1000)
        assert len(account.post.queues["Waiting"].messages) == 1


def test_a_batch_that_is_too_large_for_an_execution_is_not_delivered(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        for _ in range(2):
            text = json.dumps("x" * 140_000)
            account.post.publish(TOPIC, text, "*", {"aws:SourceOwner": "123456789012"})
        account.advance(61)
        assert (account.unasked, len(account.post.queues["Waiting"].messages)) == ([], 2)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"WaitingPolicy": None}, 0),
        ({"Role": {"Policies": [{"PolicyDocument": allow("states:StartExecution", {"Ref": "Look"})}]}}, 1),
        ({"Pipe": {"DesiredState": "STOPPED"}}, 1),
        ({"Pipe": None}, 1),
    ],
    ids=["queue refuses", "pipe may not read", "pipe stopped", "no pipe"],
)
def test_who_may_not_or_does_not_takes_nothing(tmp_path: Path, changes: Json, left: int) -> None:
    with opened(tmp_path, **changes) as account:
        happen(account, "fail-over", cluster="orders")
        account.advance(1000)
        assert (account.unasked, len(account.post.queues["Waiting"].messages)) == ([], left)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Pipe": {"TargetParameters": None}}, "FIRE_AND_FORGET, not REQUEST_RESPONSE"),
        ({"Pipe": {"Enrichment": "arn"}}, "Pipe: .* Enrichment"),
        ({"Pipe": {"SourceParameters": {"FilterCriteria": {}}}}, "Pipe: .* FilterCriteria"),
        ({"Pipe": {"Target": arn("Waiting")}}, "from a queue to a machine"),
        (
            {"Pipe": {"SourceParameters": {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 301}}}},
            "MaximumBatchingWindowInSeconds is from 0 to 300, not 301",
        ),
        ({"Pipe": {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 0}}}}, "BatchSize is from 1 to 10000"),
        (
            {
                "Pipe": {
                    "TargetParameters": {
                        **RESOURCES["Pipe"]["Properties"]["TargetParameters"],
                        "InputTemplate": "{because}",
                    }
                }
            },
            "Pipe: the InputTemplate is no JSON",
        ),
        ({"Waiting": {"FifoQueue": True}}, "Waiting: .* FifoQueue"),
        ({"Waiting": {"RedrivePolicy": {"deadLetterTargetArn": "arn:q"}}}, "arn:q is no queue of this template"),
        ({"Told": {"FifoTopic": True}}, "Told: .* standard topics"),
        ({"Subscription": {"FilterPolicy": {}}}, "a subscription of Told: .* FilterPolicy"),
        ({"Subscription": {"Endpoint": "arn:q"}}, "arn:q is no queue of this template"),
    ],
)
def test_what_aws_refuses_or_the_sandbox_does_not_carry_out_is_an_error(
    tmp_path: Path, changes: Json, problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem), opened(tmp_path, **changes):
        pytest.fail("opened")
