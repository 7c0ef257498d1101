"""The tags of load balancers, listeners and target groups, which the calls that describe these do not return."""

from collections.abc import Iterator, Sequence

from private_connection import clients
from private_connection.ownership import Tags, as_mapping


def list_tags(arns: Sequence[str]) -> Iterator[tuple[str, Tags]]:
    """ARN and tags of each, 20 to a call. A resource that was deleted after it was listed is left out.

    ELB refuses a call if one of its ARNs does not exist. Then the ARNs of that call are asked for one by one.
    """
    elbv2 = clients.elbv2()
    gone = elbv2.exceptions
    for batch in clients.batches(arns, clients.ELB_RESOURCES):
        try:
            page = elbv2.describe_tags(ResourceArns=batch)["TagDescriptions"]
        except (gone.LoadBalancerNotFoundException, gone.TargetGroupNotFoundException, gone.ListenerNotFoundException):
            if len(batch) > 1:
                yield from (pair for arn in batch for pair in list_tags([arn]))
            continue
        yield from ((each["ResourceArn"], as_mapping(each.get("Tags"))) for each in page)
