"""The tags of load balancers, listeners and target groups, which the calls that describe these do not return."""

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.contracts import Owner
from private_connection.errors import code_of, doing
from private_connection.ownership import Tags, as_mapping, is_ours, missing_tags

NOT_YET = ("LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound")
REFUSED = "ValidationError"


def list_tags(arns: Sequence[str]) -> Iterator[tuple[str, Tags]]:
    """ARN and tags of each, 20 to a call. A resource that was deleted after it was listed is left out.

    ELB refuses a call if one of its ARNs does not exist, and might refuse one whose ARNs are of several kinds, as it
    refuses an AddTags of several ARNs (aws/aws-sdk-go-v2 issue 2715). Then the ARNs of that call are asked for one by
    one.
    """
    elbv2 = clients.elbv2()
    for batch in clients.batches(arns, clients.ELB_RESOURCES):
        alone = len(batch) == 1
        try:
            page = elbv2.describe_tags(ResourceArns=batch)["TagDescriptions"]
        except ClientError as error:
            if code_of(error) not in (NOT_YET if alone else (*NOT_YET, REFUSED)):
                raise
            if not alone:
                yield from (pair for arn in batch for pair in list_tags([arn]))
            continue
        yield from ((each["ResourceArn"], as_mapping(each.get("Tags"))) for each in page)


def converge_tags(owner: Owner, arn: str, found: Tags | None = None) -> None:
    """Adds the user's tags that a resource of ours lacks. Its tags are read if ``found`` is not given, and needed."""
    if not owner.tags:
        return
    known = dict(list_tags([arn])).get(arn, {}) if found is None else found
    missing = missing_tags(owner, known)
    if missing and is_ours(known, owner.connection):
        with doing("tagging", arn, not_yet=NOT_YET):
            clients.elbv2().add_tags(ResourceArns=[arn], Tags=missing)
