"""The rows that are not tried, each with why."""

from collections.abc import Mapping
from typing import Final

_ROOM: Final = "a zone, a quota or a subnet would have to be full, and filling one harms others"
_DENIED: Final = "it would need an identity that lacks the right"
_DEAD: Final = "a run, a function or a node would have to die in a way that nobody can ask AWS for"
_SETTLED: Final = "recorded on AWS by others; trying it would need a state machine of its own"
_THEIRS: Final = "only Ververica's own account can show it"
_CHANGED: Final = "the cluster would have to be scaled, moved or replaced, which takes longer than the hour"
_CHANCE: Final = "it is met by chance only, and the code is right either way"
_SECOND: Final = "the other account would have to act at one certain second"
_FIRST: Final = "only the first use of the service in an account shows it"
_COSTLY: Final = "if AWS took the request, something larger than this may cost would begin"
_SLOW: Final = "CloudWatch shows it too late for the hour, or only after something has failed"
_EITHER: Final = "both answers are met by AWS's users, and either is right here: there is nothing to refute"
_EVENT: Final = "it would need a request by event, or a topic, that other users of the account hear too"

UNTRIED: Final[Mapping[str, str]] = {
    "ElastiCache answers `InsufficientCacheClusterCapacity`": _ROOM,
    "Nodes of family r6gd": _COSTLY,
    "`ServiceLinkedRoleNotFoundFault` may be": _FIRST,
    "An internal load balancer wants 8": _ROOM,
    "Without cross-zone balancing": "it would need traffic from two zones",
    "EC2's denials carry": _DENIED,
    "ELB asks `ec2:GetSecurityGroupsForVpc`": _DENIED,
    "A throttled or failed StartExecution": _ROOM,
    "An error `States.*` keeps its name": _SETTLED,
    "`States.ALL` catches `States.DataLimitExceeded`": _SETTLED,
    "An execution that timed out": _SETTLED,
    "Throttled nested starts are called": _ROOM,
    "Only creating a load balancer needs": _FIRST,
    "An input template has nothing, in quotes,": _EVENT,
    "The first member of a shard": "the smallest connection is not in cluster mode",
    "A refusal of a zone names": _ROOM,
    "A security group made a moment ago": _CHANCE,
    "A group whose creation failed": _DEAD,
    "`HealthyThresholdCount` applies": "the minutes until the first check hide it",
    "With fewer than 8 free addresses": _ROOM,
    "The words with which ELB refuses": "it would need a subnet in such a zone",
    "Load balancers that failed or go": _ROOM,
    "An endpoint service's client token": _EITHER,
    "A connection in `pending` cannot be rejected": _SECOND,
    "`Partial`, which is a state": _CHANCE,
    "A load balancer resets connections": _DEAD,
    "Codes inside RejectVpcEndpointConnections'": _EITHER,
    "A repeated deletion of a thing with a condition": "it would need the identity of a function",
    "Ververica's organisation and addresses": _THEIRS,
    "What the documented policy allows": _THEIRS,
    "`accessPolicy: scoped` is enough": _THEIRS,
    "Ververica resolves each node's own name": _THEIRS,
    "A nested StartExecution of a name that was used": _EVENT,
    "A function that runs into its timeout": _DEAD,
    "`States.ALL` does not catch": _SETTLED,
    "A cause of more than 32,768 characters": _SETTLED,
    "In a failed nested execution's Cause": _DEAD,
    "JSONata's `and` and `or` want": _SETTLED,
    "`ExecutionsTimedOut` and `ExecutionsAborted`": _SLOW,
    "A redriven execution keeps": _DEAD,
    "Nothing that a function does lasts longer": _DEAD,
    "The SDK integration `sfn:describeExecution`": _EVENT,
    "`DescribeVpcEndpointConnections` shows an acceptance": _SECOND,
    "Nobody may ask at a service": _SECOND,
    "Creating a cluster with a key": "it would need a KMS key, which costs a month",
    "Only `cache.t1.micro`": "that node type cannot be created any more",
    "An endpoint service may keep the zones": _EITHER,
    "A new node gets the lowest number": _CHANGED,
    "An endpoint that is being deleted": _SECOND,
    "A request of one key passes": "it would need the identity of a function, and a connection in all zones",
    "A consumer that was accepted between": _SECOND,
    "ElastiCache asks `ec2:CreateNetworkInterface`": _DENIED,
    "DNS and interfaces of a node that was replaced": _CHANGED,
    "A replication group may be `available`": _CHANCE,
    "EventBridge Scheduler takes `rate": "the stack is there already when this begins",
    "The event that EventBridge Scheduler sends": "nothing relies on it",
    "`events:source` is a key": _DENIED,
    "A line in the embedded metric format": _SLOW,
    "EventBridge names the source account": _EVENT,
    "An alarm on missing data": _SLOW,
    "ElastiCache sets a topic inactive": _EVENT,
    "`modify-replication-group` sets the topic": _CHANGED,
    "A message that was received three times": "it would need a pipe that is refused",
    "What EventBridge puts into a dead-letter queue": "it would need a rule that may not start its machine",
    "A pipe's messages are hidden": _EVENT,
    "DescribeTags takes ARNs of load balancers": _EITHER,
    "A replication group whose tags were changed": _EITHER,
    "`ModifyReplicationGroup` asks nobody for rights": _DENIED,
    "Handlers of CloudFormation ask no more": _DENIED,
    "BatchGetItem may leave": _CHANCE,
    "An interface may outlive its node": _EITHER,
    "EC2 counts each describe operation": _ROOM,
    "Which messages a cluster's topic gets": _CHANGED,
    "Tags of load balancers, target groups and services show": _EITHER,
    "ElastiCache honours the zones": "the smallest cluster has one node",
    "A nested execution's output of 128 KiB": "a plan of one node is far smaller",
    "Valkey's nodes are in the price list": "it is asked before this begins, and what has no price is said",
    "Usage types, operations, families": "it is asked before this begins, and what has no price is said",
    "The price list is asked in the nearest": _DENIED,
    "SimulatePrincipalPolicy judges a role": "`private-connection doctor` asks that of whoever runs it",
    "An execution is shown a minute after": _CHANCE,
    "GetExecutionHistory takes another": "the watch asks so while the run provisions, and would have ended with it",
    "A service whose principals leave": _SECOND,
    "An endpoint that was rejected": _SECOND,
    "ElastiCache's certificates name": "nothing here stands in the cluster's network and could ask a node",
    "A load balancer whose only target": _DEAD,
    "A read of EC2 or Elastic": "the report has the latencies that AWS showed",
    "Rates of mutating ELB calls": _ROOM,
    "A Network Load Balancer cannot stand": "it would need an Outpost",
    "A cluster of network type `ipv6` stands": _EITHER,
    "EC2 denies a look or a change": "it would need the identity of a function",
}
"""By how a row begins."""
