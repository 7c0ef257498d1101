"""The rows that are tried, in the order in which they are."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from acceptance.checks import before, consuming, paths, roles, runs, standing
from acceptance.trial import Trial
from acceptance.verdicts import Verdict

Check = Callable[[Trial], Verdict]


class Stage(StrEnum):
    BEFORE = "before anything is made"
    RUNNING = "while the run provisions"
    RAN = "from the run's history"
    STANDING = "while the connection stands"
    PROBES = "on things of its own"
    CONSUMER = "with the other account"


TRIED: Final[Mapping[Stage, Sequence[tuple[str, Check]]]] = {
    Stage.BEFORE: (
        ("ListStackResources says", before.stack_that_is_not_there),
        ("A bus that does not exist takes everything", before.bus_that_is_not_there),
        ("A request of PutEvents of more than 1 MB", before.events_that_are_too_large),
        ("Versions are listed as", before.listed_versions),
        ("`DescribeSecurityGroupRules` can be asked by `tag-key`", before.filter_by_tag_key),
        ("A dry run of CreateVpcEndpointServiceConfiguration", before.dry_run_comes_first),
        ("DescribeNetworkInterfaces answers in a large account", before.interfaces_in_pages),
    ),
    Stage.RUNNING: (
        ("DescribeExecution shows an execution", runs.execution_is_described),
        ("ListExecutions is eventually consistent", runs.execution_is_listed),
        ("`ExecutionAlreadyExists` right after a start", runs.name_is_taken),
        ("A conditional PutItem that returns the old item", runs.second_run_is_busy),
        ("Step Functions sends a status event", runs.end_is_told),
        ("In a status event, `input` is", runs.input_is_a_text),
        ("A node that is being added is listed without its endpoint", runs.new_node_has_no_endpoint),
    ),
    Stage.RAN: (
        ("A regular expression works in `$replace`", runs.maker_has_legal_characters),
        ("A task's result carries about 1 KB", runs.metadata_of_results),
        ("A Wait never ends early", runs.waits_are_whole),
        ("A target becomes healthy within 15 minutes", runs.target_is_soon_healthy),
        ("CreateVpcEndpointServiceConfiguration asks for", runs.service_needs_no_more_rights),
        ("`Null` conditions on two tag keys", runs.tags_are_conditions),
        ("A condition on the tags of an endpoint service", runs.permissions_are_read_at_once),
        ("A role is usable some seconds after its creation", runs.role_is_soon_usable),
        ("CreateReplicationGroup with a `NotificationTopicArn`", runs.topic_asks_for_nothing),
    ),
    Stage.STANDING: (
        ("`DescribeSecurityGroupRules` has the filters", standing.rule_filters),
        ("A second endpoint service of a load balancer", standing.second_service),
        ("Taking off a principal that is not there", standing.absent_principal),
        ("DescribeTags of several ARNs", standing.tags_of_several),
        ("A shared VPC's ARN", standing.subnet_of_another_account),
        ("A cache node's network interface is described", standing.interface_is_described),
        ("The interface of a node that stands", standing.interface_is_alone),
        ("DescribeNetworkInterfaces finds interfaces of ElastiCache's", standing.interface_has_the_address),
        ("All interfaces of a node are described", standing.interfaces_of_all),
        ("Node names are public DNS records", standing.names_are_public),
        ("`CurrentRole` is there", standing.current_role),
        ("ElastiCache shows a `KmsKeyId` only", standing.no_key_is_shown),
        ("Any `InvalidParameterValue` of CreateReplicationGroup", standing.unknown_node_type),
    ),
    Stage.PROBES: (
        ("ListRoles and ListRolePolicies may lag", roles.is_listed),
        ("IAM keeps the ids and the order", roles.statements_stay_as_written),
        ("GetRole and GetRolePolicy may show", roles.change_is_soon_read),
        ("GetRolePolicy may show a former text", roles.change_is_soon_read),
        ("A role can carry 48 policies", roles.policies_have_a_size),
        ("A role shows the keys of its tags", roles.key_in_another_case),
        ("Codes with which ElastiCache and IAM refuse", roles.characters_of_tags),
        ("AuthorizeSecurityGroupIngress returns the rule", paths.rules_are_returned),
        ("A listener may be created while", paths.listener_comes_early),
        ("A repeated create with other tags", paths.duplicates_by_tags),
        ("SetSubnets is accepted while a load balancer is provisioning", paths.subnets_come_early),
        ("Tag keys of 127 characters", paths.longest_tag),
        ("Taking off a key that is not there", paths.absent_tag),
        ("AddTags and RemoveTags of Elastic Load Balancing", paths.tags_of_one_alone),
        ("SetSubnets with the subnets that a load balancer has", paths.subnets_again),
        ("`initial` is the state of a target", paths.first_verdict_is_initial),
        ("Zones cannot be taken off a load balancer", paths.zones_with_a_service_stay),
        ("A load balancer's zones can never be taken away", paths.zones_without_a_service_go),
        ("A load balancer that is being deleted", paths.deleted_balancer),
    ),
    Stage.CONSUMER: (
        ("An accepted connection is `pending`", consuming.pending_comes_first),
        ("An endpoint that stands is missing", consuming.is_never_missing),
        ("Removing a principal leaves connections", consuming.connections_outlive_the_principal),
        ("An endpoint that was deleted leaves the list", consuming.deleted_endpoint_leaves),
    ),
}
"""By how a row begins."""
