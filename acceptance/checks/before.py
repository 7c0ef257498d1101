"""What is tried before anything is made."""

import json
import re

from acceptance.names import PROBE
from acceptance.trial import Trial
from acceptance.verdicts import Verdict, judged, refused

NOBODY = "00000000000000000"
"""Seventeen zeros: an id that nothing has."""

LISTED = r"([6-9]|[1-9][0-9])\.[0-9]+|[1-5]\.[0-9]+\.[0-9]+"
"""An engine's version: from 6 on without its patch release."""


def stack_that_is_not_there(trial: Trial) -> Verdict:
    formation = trial.client("cloudformation")
    return refused(
        lambda: formation.list_stack_resources(StackName=f"{PROBE}-none"), "ValidationError", words="does not exist"
    )


def bus_that_is_not_there(trial: Trial) -> Verdict:
    answer = trial.client("events").put_events(Entries=[_entry(bus=f"{PROBE}-none")])
    failed = answer["FailedEntryCount"]
    return judged(failed == 0, f"{failed} of 1 entries failed {answer['Entries'][0].get('ErrorCode', '')}")


def events_that_are_too_large(trial: Trial) -> Verdict:
    entries = [_entry(bus=f"{PROBE}-none", size=140 * 1024)] * 8  # each alone would be taken in any Region
    return refused(lambda: trial.client("events").put_events(Entries=entries), "ValidationException")


def _entry(bus: str, size: int = 1) -> dict[str, str]:
    return {"Source": PROBE, "DetailType": "Probe", "Detail": json.dumps({"a": "a" * size}), "EventBusName": bus}


def listed_versions(trial: Trial) -> Verdict:
    pages = trial.client("elasticache").get_paginator("describe_cache_engine_versions").paginate(Engine="redis")
    versions = [each["EngineVersion"] for page in pages for each in page["CacheEngineVersions"]]
    right = bool(versions) and all(re.fullmatch(LISTED, each) for each in versions)
    return judged(right, f"the last one listed is {versions[-1] if versions else 'none'}")


def filter_by_tag_key(trial: Trial) -> Verdict:
    asked = [{"Name": "tag-key", "Values": [PROBE]}]
    ec2 = trial.client("ec2")
    return refused(lambda: ec2.describe_security_group_rules(Filters=asked), "InvalidParameterValue")


def dry_run_comes_first(trial: Trial) -> Verdict:
    site = trial.site
    region = trial.client("ec2").meta.region_name
    partition = site.deployment.outputs["ProvisionArn"].split(":")[1]
    resource = f"loadbalancer/net/{PROBE}/{NOBODY[:16]}"
    balancer = f"arn:{partition}:elasticloadbalancing:{region}:{trial.asked.account}:{resource}"
    create = trial.client("ec2").create_vpc_endpoint_service_configuration
    return refused(
        lambda: create(DryRun=True, AcceptanceRequired=True, NetworkLoadBalancerArns=[balancer]), "DryRunOperation"
    )


def interfaces_in_pages(trial: Trial) -> Verdict:
    asked = [{"Name": "description", "Values": ["ElastiCache *"]}]
    answer = trial.client("ec2").describe_network_interfaces(MaxResults=1000, Filters=asked)
    found = answer["NetworkInterfaces"]
    right = all(each["Description"].startswith("ElastiCache ") for each in found)
    return judged(right, f"{len(found)} interfaces in the first page")
