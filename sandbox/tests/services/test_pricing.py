"""The price list. Sources: the docstring of services/pricing."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from sandbox.services.pricing.products import SAMPLE, products
from sandbox.services.pricing.responses import REGIONS
from sandbox.tests.services.conftest import Aws

ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})


def asked(service: str, region: str = "us-east-1", kind: str = "TERM_MATCH", **fields: str) -> list[Any]:
    filters = [{"Type": kind, "Field": name, "Value": value} for name, value in fields.items()]
    client: Any = boto3.client("pricing", region_name=region, config=ONCE)
    return [json.loads(text) for text in client.get_products(ServiceCode=service, Filters=filters)["PriceList"]]


def usages(found: list[Any]) -> list[str]:
    return [each["product"]["attributes"]["usagetype"] for each in found]


def test_products_are_those_that_every_filter_matches(corrected: Aws) -> None:
    node = {"regionCode": "us-west-1", "instanceType": "cache.t4g.micro", "cacheEngine": "Valkey"}
    (found,) = asked("AmazonElastiCache", **node)
    attributes = found["product"]["attributes"]
    assert (attributes["usagetype"], attributes["servicecode"]) == (
        "USW1-NodeUsage:cache.t4g.micro",
        "AmazonElastiCache",
    )
    assert asked("AmazonElastiCache", **node, operation="none") == []
    assert asked("NoService") == []


def test_beside_a_product_are_others_that_look_like_it(corrected: Aws) -> None:
    of_network = asked("AWSELB", regionCode="us-east-1", operation="LoadBalancing:Network")
    assert usages(of_network) == [
        "LoadBalancerUsage",
        "LCUUsage",
        "ReservedLCUUsage",
        "Outposts-LoadBalancerUsage",
    ]
    node = {"instanceType": "cache.t4g.micro", "cacheEngine": "Redis"}
    assert usages(asked("AmazonElastiCache", regionCode="eu-central-1", **node)) == [
        "EUC1-NodeUsage:cache.t4g.micro",
        "EUC1-ExtendedSupport:Yr1-Yr2:cache.t4g.micro",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "count"),
    [("EQUALS", "Redis", 1), ("CONTAINS", "e", 3), ("ANY_OF", "Redis,Valkey", 2), ("NONE_OF", "Redis,Valkey", 1)],
)
def test_a_filter_matches_by_its_type(corrected: Aws, kind: str, value: str, count: int) -> None:
    node = [("TERM_MATCH", "regionCode", "eu-central-1"), ("TERM_MATCH", "instanceType", "cache.t4g.micro")]
    only: Any = [{"Type": t, "Field": f, "Value": v} for t, f, v in (*node, (kind, "cacheEngine", value))]
    client = boto3.client("pricing", region_name="us-east-1")
    found = client.get_products(ServiceCode="AmazonElastiCache", Filters=only)["PriceList"]
    assert sum("EUC1-NodeUsage:" in text for text in found) == count


def test_an_answer_has_pages(corrected: Aws) -> None:
    client = boto3.client("pricing", region_name="us-east-1")
    first = client.get_products(ServiceCode="AWSELB", MaxResults=2)
    rest = client.get_products(ServiceCode="AWSELB", MaxResults=2, NextToken=first["NextToken"])
    assert len(first["PriceList"]) == len(rest["PriceList"]) == 2
    assert set(first["PriceList"]) & set(rest["PriceList"]) == set()
    assert "NextToken" not in client.get_products(ServiceCode="NoService")


def test_a_page_has_at_most_a_hundred_products(corrected: Aws) -> None:
    config = Config(parameter_validation=False)
    client = boto3.client("pricing", region_name="us-east-1", config=config)
    for most in (0, 101):
        with corrected.refused("InvalidParameterException"):
            client.get_products(ServiceCode="AWSELB", MaxResults=most)
    with corrected.refused("InvalidParameterException"):
        client.get_products(ServiceCode="AWSELB", FormatVersion="aws_v2")


def test_it_answers_in_three_regions(corrected: Aws) -> None:
    found = [asked("AmazonStates", region, regionCode="us-west-1") for region in REGIONS]
    assert found[0]
    assert found[0] == found[1] == found[2]
    with pytest.raises(EndpointConnectionError):
        asked("AmazonStates", "us-west-1", regionCode="us-west-1")


def test_every_price_is_called_a_sample_and_is_round() -> None:
    services = ("AWSELB", "AmazonCloudWatch", "AmazonElastiCache", "AmazonStates")
    for each in (product for service in services for product in products(service, ["eu-central-1"])):
        for term in each.listed["terms"]["OnDemand"].values():
            for price in term["priceDimensions"].values():
                assert price["description"].startswith(SAMPLE)
                assert float(price["pricePerUnit"]["USD"]) % 10 == 0


def test_a_usage_type_begins_with_the_place_of_its_region() -> None:
    found = products("AmazonStates", ["us-east-1", "eu-central-1", "ap-southeast-2"])
    transitions = {each.fields["usagetype"] for each in found if each.fields["group"] == "SFN-StateTransitions"}
    assert transitions == {"USE1-StateTransition", "EUC1-StateTransition", "APS2-StateTransition"}


def test_a_board_is_of_no_region(corrected: Aws) -> None:
    (found,) = asked("AmazonCloudWatch", usagetype="DashboardsUsageHour-Basic")
    assert found["product"]["attributes"]["regionCode"] == ""


def test_plain_moto_has_no_price_list() -> None:
    from moto import mock_aws

    with mock_aws(), pytest.raises(ClientError, match="404"):
        boto3.client(
            "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x", config=ONCE
        ).get_products(ServiceCode="AWSELB")
