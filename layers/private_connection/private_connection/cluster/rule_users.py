"""Who uses the security group rules that a teardown has met.

A rule that several connections use stays when one of them goes: only that one's tag is taken off. From then on the rule
is not among that connection's any more, and a look by its id tells that it is still there.
"""

from collections.abc import Sequence

from private_connection import clients
from private_connection.errors import doing
from private_connection.ownership import as_mapping, users_in


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
