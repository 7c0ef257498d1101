"""The step Remove path tags: tags of the user's that are not asked for any more go from a path's ELB resources.

These are a load balancer, its listeners and the target groups that they lead to, as far as they are ours. The load
balancer tells for its listeners, which only a call for each would show and which go with it: so it is the last.
"""

from private_connection import clients
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import doing
from private_connection.naming import load_balancer_name
from private_connection.ownership import is_ours
from private_connection.paths.load_balancer_tags import NOT_YET, list_tags


class RemovePathTags(Contract):
    connection: ConnectionName
    load_balancer_arn: str
    tags: tuple[str, ...]
    """The keys to take off."""


def remove_path_tags(request: RemovePathTags) -> Done:
    """Takes the keys off whatever of the path is ours and has one of them. A load balancer that is gone has none.

    ELB takes a key that a resource lacks for taken off (API reference, RemoveTags, names no error for that). It refuses
    a call that names more than one resource, though it takes a list (aws/aws-sdk-go-v2 issue 2715).
    """
    arn, keys = request.load_balancer_arn, list(request.tags)
    tagged = list_tags([*_leading_on(arn), arn])
    carrying = [each for each, tags in tagged if is_ours(tags, request.connection) and not tags.keys().isdisjoint(keys)]
    for each in carrying:
        with doing("taking tags off the path of load balancer", load_balancer_name(arn), not_yet=NOT_YET):
            clients.elbv2().remove_tags(ResourceArns=[each], TagKeys=keys)
    return Done()


def _leading_on(arn: str) -> list[str]:
    """The load balancer's listeners, and the target groups that they forward to; none of one that is gone."""
    elbv2 = clients.elbv2()
    with doing("looking up the listeners of load balancer", load_balancer_name(arn)):
        try:
            found = elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        except elbv2.exceptions.LoadBalancerNotFoundException:
            return []
    groups = (action.get("TargetGroupArn") for each in found for action in each["DefaultActions"])
    return list(dict.fromkeys([*(each["ListenerArn"] for each in found), *filter(None, groups)]))
