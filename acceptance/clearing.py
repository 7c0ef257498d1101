"""Takes away what acceptance made, also what an interrupted one left: found by names and tags, not by what is known.

The policy of the access role goes first, so that nobody can use the role while the rest is being removed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console

from acceptance.item import cluster_of, known
from acceptance.names import CLUSTER, CONNECTION, PROBE, SHORT
from acceptance.site import Site
from acceptance.verdicts import unless
from private_connection_cli.problems import explained
from private_connection_cli.runs import start
from private_connection_cli.watch.outcomes import Outcome
from private_connection_cli.watch.watching import watch

PATIENCE: Final = 7200.0
"""Seconds to wait for a run that is still at work on the connection, as Recover may be."""
BUSY: Final = "ConnectionBusy"
NOTHING: Final = "NothingFound"
MACHINES: Final = ("ProvisionArn", "TeardownArn")


def running(site: Site) -> Iterator[str]:
    """The executions of acceptance that are at work."""
    states = site.client("stepfunctions")
    for output in MACHINES:
        machine = site.deployment.outputs[output]
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
        for page in pages:
            for each in page["executions"]:
                if each["name"].startswith(f"{CONNECTION}-"):
                    yield str(each["executionArn"])


def clear(site: Site, told: Callable[[str], None], console: Console) -> Outcome:
    """Stops what runs, and removes everything. Returns how the teardown ended; that nothing was there is a success."""
    site.deadline = None
    with explained():
        stop(site, told)
        remove_policies(site)
        told("removing what acceptance made by itself")
        remove_probes(site)  # first: a service of its own may be at the connection's load balancer
        return _torn_down(site, told, console)


def stop(site: Site, told: Callable[[str], None]) -> None:
    """Stops provisioning runs, and waits for teardowns."""
    states = site.client("stepfunctions")
    teardown = site.deployment.outputs["TeardownArn"].rpartition(":")[2]
    for execution in running(site):
        told(f"{'waiting for' if f':{teardown}:' in execution else 'stopping'} {execution.rpartition(':')[2]}")
        if f":{teardown}:" not in execution:
            states.stop_execution(executionArn=execution, error="Stopped", cause="make acceptance was interrupted")
        _await_end(site, execution)


def _await_end(site: Site, execution: str) -> None:
    site.until(lambda: site.ended(execution), PATIENCE)


def remove_policies(site: Site) -> None:
    """Removes the connection's policy from the roles that have it."""
    for role, name in policies(site):
        with unless("NoSuchEntity"):
            site.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def policies(site: Site) -> Iterator[tuple[str, str]]:
    """The connection's policy, by the whole name that its runs give it in this Region, and each role that has it.

    A role that somebody removes meanwhile has none.
    """
    iam, region = site.client("iam"), site.client("ec2").meta.region_name
    pages = iam.get_paginator("list_roles").paginate(PathPrefix=site.deployment.parameters.get("AccessRolePath", "/"))
    for role in [str(each["RoleName"]) for page in pages for each in page["Roles"]]:
        with unless("NoSuchEntity"):
            for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
                found = [name for name in page["PolicyNames"] if name == f"private-connection-{region}-{CONNECTION}"]
                yield from ((role, name) for name in found)


def _torn_down(site: Site, told: Callable[[str], None], console: Console) -> Outcome:
    """Tears the connection down, again while another run is still at work on it."""
    creates = cluster_of(known(site)) in (None, CLUSTER)
    asked = {"connection": CONNECTION, "deleteCluster": creates, "finalSnapshot": False, "force": True}
    begun = site.now()
    while True:
        execution = start(site.deployment, "TeardownArn", asked)
        outcome = watch(site.client("stepfunctions"), execution, console, site.pause)
        if outcome.error == NOTHING:
            return Outcome(execution, "SUCCEEDED", None, None, None)
        if outcome.error != BUSY or site.now() - begun > PATIENCE:
            return outcome
        told("another run is at work on the connection: teardown again when it has ended")
        site.pause(30.0)


def remove_probes(site: Site) -> None:
    """Removes what acceptance made by itself, each only after what is attached to it."""
    _remove_services(site)
    _remove_balancer(site)
    _remove_target_group(site)
    _remove_groups(site)
    _remove_role(site)


def services(site: Site) -> list[Mapping[str, Any]]:
    """Acceptance's own endpoint services that are not gone."""
    asked = [{"Name": "tag-key", "Values": [PROBE]}]
    pages = site.client("ec2").get_paginator("describe_vpc_endpoint_service_configurations").paginate(Filters=asked)
    found = [each for page in pages for each in page["ServiceConfigurations"]]
    return [each for each in found if str(each["ServiceState"]).lower() != "deleted"]


def _remove_services(site: Site) -> None:
    ids = [each["ServiceId"] for each in services(site)]
    if ids:
        site.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=ids)
        site.until(lambda: not services(site), PATIENCE)


def balancers(site: Site) -> list[str]:
    """Acceptance's own load balancer, unless it is gone."""
    elb = site.client("elbv2")
    with unless("LoadBalancerNotFound"):
        found = elb.describe_load_balancers(Names=[SHORT])["LoadBalancers"]
        return [each["LoadBalancerArn"] for each in found if _is_marked(elb, each["LoadBalancerArn"])]
    return []


def _is_marked(elb: Any, arn: str) -> bool:
    """Whether acceptance made it: what has its name alone is somebody else's."""
    (found,) = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return any(each["Key"] == PROBE for each in found["Tags"])


def _remove_balancer(site: Site) -> None:
    for arn in balancers(site):
        with unless("LoadBalancerNotFound"):
            site.client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    site.until(lambda: not balancers(site), PATIENCE)


def target_groups(site: Site) -> list[str]:
    """Acceptance's own target group, unless it is gone."""
    elb = site.client("elbv2")
    with unless("TargetGroupNotFound"):
        found = elb.describe_target_groups(Names=[SHORT])["TargetGroups"]
        return [each["TargetGroupArn"] for each in found if _is_marked(elb, each["TargetGroupArn"])]
    return []


def _remove_target_group(site: Site) -> None:
    def gone() -> bool:
        for arn in target_groups(site):
            with unless("TargetGroupNotFound", "ResourceInUse"):
                site.client("elbv2").delete_target_group(TargetGroupArn=arn)
        return not target_groups(site)

    site.until(gone, PATIENCE)


def security_groups(site: Site) -> list[str]:
    """Acceptance's own security group, unless it is gone."""
    asked = [{"Name": "group-name", "Values": [PROBE]}, {"Name": "tag-key", "Values": [PROBE]}]
    return [each["GroupId"] for each in site.client("ec2").describe_security_groups(Filters=asked)["SecurityGroups"]]


def _remove_groups(site: Site) -> None:
    for each in security_groups(site):
        site.client("ec2").delete_security_group(GroupId=each)


def has_role(site: Site) -> bool:
    """Whether acceptance's own role is there."""
    with unless("NoSuchEntity"):
        return any(each["Key"] == PROBE for each in site.client("iam").list_role_tags(RoleName=PROBE)["Tags"])
    return False


def _remove_role(site: Site) -> None:
    if not has_role(site):
        return
    iam = site.client("iam")
    with unless("NoSuchEntity"):
        iam.delete_role_policy(RoleName=PROBE, PolicyName=PROBE)
    with unless("NoSuchEntity"):
        iam.delete_role(RoleName=PROBE)
