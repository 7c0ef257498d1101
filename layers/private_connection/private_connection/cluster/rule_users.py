"""Who uses the security group rules that a teardown has met.

A rule that several connections use stays when one of them goes: only that one's tag is taken off. From then on the rule
is not among that connection's any more, and a look by its id tells that it is still there.
"""

from collections.abc import Sequence

from private_connection import clients
from private_connection.cluster.admission import Rule
from private_connection.contracts import Owner
from private_connection.errors import doing
from private_connection.ownership import CLUSTER, TagList, as_list, as_mapping, is_ours, missing_tags, use_tag, users_in


def find_rule_users(rule_ids: Sequence[str]) -> dict[str, list[str]]:
    """The rules with these ids that exist, each with the connections that use it.

    By a filter, because EC2 refuses a request that names the id of a rule that does not exist.
    """
    found: dict[str, list[str]] = {}
    with doing("looking up security group rules", f"{len(rule_ids)}"):
        pages = clients.ec2().get_paginator("describe_security_group_rules")
        for batch in clients.batches(rule_ids, clients.EC2_FILTER_VALUES):
            for page in pages.paginate(Filters=[{"Name": "security-group-rule-id", "Values": batch}]):
                for each in page["SecurityGroupRules"]:
                    found[each["SecurityGroupRuleId"]] = sorted(users_in(as_mapping(each.get("Tags"))))
    return found


def tags_of_use(owner: Owner, rule: Rule) -> TagList:
    """The tags that a rule lacks which the connection uses: the connection's own, on one that another made, and the
    user's, on one that this one made. Somebody else's rule is used and not tagged.
    """
    if owner.connection in rule.users:
        return missing_tags(owner, rule.tags) if is_ours(rule.tags, owner.connection) else []
    is_shared = bool(rule.users) and CLUSTER in rule.tags
    return as_list({use_tag(owner.connection): owner.maker}) if is_shared else []
