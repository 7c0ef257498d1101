"""The products of the list: made by hand in the list's own shape."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3

SAMPLE: Final = "sample price"
PUBLISHED: Final = "2026-01-01T00:00:00Z"
WITHOUT_PLACE: Final = {"us-east-1": "", "eu-west-1": "EU-"}
"""Regions whose usage types begin otherwise than by the rule; those of Step Functions have a place in all."""
NODE_TYPES: Final = tuple(
    f"cache.{family}.{size}"
    for family, sizes in {
        "t3": ("micro", "small", "medium"),
        "t4g": ("micro", "small", "medium"),
        "m6g": ("large", "xlarge", "2xlarge"),
        "m7g": ("large", "xlarge", "2xlarge"),
        "r6g": ("large", "xlarge", "2xlarge"),
        "r6gd": ("xlarge", "2xlarge"),
        "r7g": ("large", "xlarge", "2xlarge", "4xlarge"),
    }.items()
    for size in sizes
)
ENGINES: Final = ("Redis", "Valkey", "Memcached")
Json = dict[str, Any]
Step = tuple[str, str]
"""From how many units on, and the US dollars of one."""


@dataclass(frozen=True)
class Product:
    fields: Mapping[str, str]
    """What filters may name: its attributes and its family."""
    listed: Json


def products(service: str, regions: Collection[str] = ()) -> Iterator[Product]:
    """Those of a service in some Regions, or in all, and those that are of none."""
    for region in _regions():
        if not regions or region in regions:
            yield from _of_region(service, region)
    if service == "AmazonCloudWatch":
        yield from _boards()


@cache
def _regions() -> list[str]:
    return boto3.Session().get_available_regions("elasticache")


def place(region: str) -> str:
    """What usage types of a Region begin with, such as `USW2-`."""
    first, second, number = region.rsplit("-", 2)
    return f"{first}{second[0]}{number}-".upper()


@cache
def _of_region(service: str, region: str) -> tuple[Product, ...]:
    at = {"regionCode": region, "locationType": "AWS Region", "location": region}
    usage = WITHOUT_PLACE.get(region, place(region))
    if service == "AWSELB":
        return tuple(_load_balancers(usage, at))
    if service == "AmazonElastiCache":
        return tuple(product for node in NODE_TYPES for product in _nodes(node, usage, at))
    if service == "AmazonStates":
        return tuple(_transitions(place(region), at))
    return tuple(_watched(usage, at)) if service == "AmazonCloudWatch" else ()


def _load_balancers(usage: str, at: Mapping[str, str]) -> Iterator[Product]:
    for kind, cost in (("Network", 1_000), ("Application", 5_000)):
        # the family of a product may be left out
        of_kind = {**at, "operation": f"LoadBalancing:{kind}", "group": "ELB:Balancer"}
        yield _product("AWSELB", "", f"{usage}LoadBalancerUsage", "Hrs", str(cost), **of_kind)
        yield _product("AWSELB", "", f"{usage}LCUUsage", "LCU-Hrs", str(2 * cost), **of_kind)
        yield _product("AWSELB", "", f"{usage}ReservedLCUUsage", "LCU-Hrs", str(3 * cost), **of_kind)
        yield _product("AWSELB", "", f"{usage}Outposts-LoadBalancerUsage", "Hrs", str(4 * cost), **of_kind)
    yield _product("AWSELB", "", f"{usage}TS-LoadBalancerUsage", "Hrs", "9000", **of_kind)


def _nodes(node: str, usage: str, at: Mapping[str, str]) -> Iterator[Product]:
    family = "Cache Instance"
    for engine in ENGINES:
        named, cost = ("Valkey", "2000") if engine == "Valkey" else ("0002", "3000")
        of_engine = {**at, "instanceType": node, "cacheEngine": engine, "operation": f"CreateCacheCluster:{named}"}
        yield _product("AmazonElastiCache", family, f"{usage}NodeUsage:{node}", "Hrs", cost, **of_engine)
    support = {**at, "instanceType": node, "cacheEngine": "Redis"}
    yield _product("AmazonElastiCache", family, f"{usage}ExtendedSupport:Yr1-Yr2:{node}", "Hrs", "8000", **support)


def _transitions(usage: str, at: Mapping[str, str]) -> Iterator[Product]:
    service, family = "AmazonStates", "AWS Step Functions"
    moved: tuple[Step, ...] = (("0", "0"), ("4000", "10"))
    group = {**at, "group": "SFN-StateTransitions"}
    yield _product(service, family, f"{usage}StateTransition", "StateTransitions", *moved, **group)
    express = {**at, "group": "SFN-ExpressWorkflows-Requests"}
    yield _product(service, family, f"{usage}StepFunctions-Request", "Requests", "70", **express)


def _watched(usage: str, at: Mapping[str, str]) -> Iterator[Product]:
    service = "AmazonCloudWatch"
    for kind, cost in (("", "100"), ("HighRes", "600"), ("Composite", "700")):
        alarm = {**at, "group": "Alarm"}
        yield _product(service, "Alarm", f"{usage}CW:{kind}AlarmMonitorUsage", "Alarms", cost, **alarm)
    less: tuple[Step, ...] = (("0", "300"), ("10000", "200"), ("250000", "100"))
    yield _product(service, "Metric", f"{usage}CW:MetricMonitorUsage", "Metrics", *less, **at, group="Metric")


def _boards() -> Iterator[Product]:
    anywhere = {"regionCode": "", "locationType": "AWS Region", "location": "Any"}
    service, family = "AmazonCloudWatch", "Dashboard"
    for usage, cost in (("DashboardsUsageHour-Basic", "4000"), ("DashboardsUsageHour", "5000")):
        yield _product(service, family, usage, "Dashboards", cost, **anywhere)
        yield _product(service, family, f"Global-{usage}", "Dashboards", "0", **anywhere)


def _product(service: str, family: str, usage: str, unit: str, *steps: Step | str, **attributes: str) -> Product:
    own = {"servicecode": service, "usagetype": usage, **attributes}
    sku = hashlib.sha256(repr(sorted(own.items())).encode()).hexdigest()[:16].upper()
    priced = [("0", each) if isinstance(each, str) else each for each in steps]
    ends = [*(begins for begins, _ in priced[1:]), "Inf"]
    dimensions = {
        f"{sku}.TERM.{number}": _dimension(f"{sku}.TERM.{number}", unit, step, end)
        for number, (step, end) in enumerate(zip(priced, ends, strict=True))
    }
    term = {"sku": sku, "offerTermCode": "TERM", "effectiveDate": PUBLISHED, "termAttributes": {}}
    about = {"productFamily": family} if family else {}
    listed = {
        "product": {**about, "attributes": own, "sku": sku},
        "serviceCode": service,
        "terms": {"OnDemand": {f"{sku}.TERM": {**term, "priceDimensions": dimensions}}},
        "version": "20260101000000",
        "publicationDate": PUBLISHED,
    }
    return Product({**own, **about}, listed)


def _dimension(code: str, unit: str, step: Step, end: str) -> Json:
    begins, cost = step
    return {
        "rateCode": code,
        "unit": unit,
        "beginRange": begins,
        "endRange": end,
        "description": f"{SAMPLE}: ${int(cost):,} per {unit}, no price of AWS",
        "appliesTo": [],
        "pricePerUnit": {"USD": f"{cost}.0000000000"},
    }
