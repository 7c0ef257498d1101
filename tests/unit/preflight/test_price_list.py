"""The price list: one product and one price, or the reason why not. Whatever it answers, nothing is raised."""

import json
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from private_connection import clients
from private_connection.preflight.price_list import Price, PriceList, Product, Unknown
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.listed import Json, listing, priced, product

HOUR = Product("AWSELB", "LoadBalancerUsage", "Hrs", (("operation", "LoadBalancing:Network"),))
LISTED = product("EUC1-LoadBalancerUsage", "Hrs")


def prices(region: str = "eu-central-1") -> PriceList:
    return PriceList(region, "aws")


def answered(aws: FakeAws, *products: Json) -> Price | Unknown:
    aws.answers("GetProducts", listing(*products))
    return prices().price(HOUR)


def test_the_price_of_one_product_is_taken_with_its_own_words(aws: FakeAws) -> None:
    found = answered(aws, LISTED)
    assert found == Price(Decimal(2), "sample price: $2 for Hrs")
    assert isinstance(found, Price)
    assert found.is_sample
    assert not Price(Decimal(2), "$2 per hour").is_sample


def test_it_is_asked_for_a_region_and_what_the_product_has(aws: FakeAws) -> None:
    answered(aws, LISTED)
    (asked,) = aws.asked("GetProducts")
    assert asked["ServiceCode"] == "AWSELB"
    assert asked["Filters"] == [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-central-1"},
        {"Type": "TERM_MATCH", "Field": "operation", "Value": "LoadBalancing:Network"},
    ]


def test_what_costs_the_same_everywhere_is_asked_for_without_a_region(aws: FakeAws) -> None:
    aws.answers("GetProducts", listing(product("Board", "Boards")))
    assert isinstance(prices().price(Product("Any", "Board", "Boards", everywhere=True)), Price)
    assert aws.asked("GetProducts")[0]["Filters"] == []


def test_products_of_one_answer_are_asked_for_once(aws: FakeAws) -> None:
    aws.answers("GetProducts", listing(LISTED, product("EUC1-LCUUsage", "LCU-Hrs", priced("LCU-Hrs", "3"))))
    ours = prices()
    found = [ours.price(each) for each in (HOUR, Product("AWSELB", "LCUUsage", "LCU-Hrs", HOUR.attributes))]
    assert [each.amount for each in found if isinstance(each, Price)] == [2, 3]
    assert aws.operations == ["GetProducts"]


@pytest.mark.parametrize("place", ["", "EU-", "EUC1-", "USW2-", "UGW1-"])
def test_a_usage_type_may_begin_with_a_place(aws: FakeAws, place: str) -> None:
    assert isinstance(answered(aws, product(f"{place}LoadBalancerUsage", "Hrs")), Price)


@pytest.mark.parametrize(
    "other",
    [
        "EUC1-Outposts-LoadBalancerUsage",
        "Outposts-LoadBalancerUsage",
        "TS-LoadBalancerUsage",
        "EUC1-TS-LoadBalancerUsage",
        "EUC1-LoadBalancerUsage-More",
        "EUC1-ExtendedSupport-LoadBalancerUsage",
        "EUC1-ReservedLoadBalancerUsage",
    ],
)
def test_other_products_do_not_count(aws: FakeAws, other: str) -> None:
    assert answered(aws, product(other, "Hrs", priced("Hrs", "9")), LISTED) == Price(
        Decimal(2), "sample price: $2 for Hrs"
    )


# what begins a price is free to 4,000 of the account, and then goes down with use
TIERS = (
    priced("Hrs", "0", "0", "4000"),
    priced("Hrs", "7", "4000", "10000"),
    priced("Hrs", "5", "10000"),
)


@given(st.permutations(TIERS))
def test_of_prices_by_use_the_first_that_costs_something_counts(tiers: list[Json]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PriceList, "_asked", lambda *_: listing(product("LoadBalancerUsage", "Hrs", *tiers))["PriceList"])
        found = prices().price(HOUR)
    assert isinstance(found, Price)
    assert found.amount == 7


NOT_ONE: dict[str, tuple[tuple[Json, ...], str]] = {
    "no product": ((), "has no products for it"),
    "two products": ((LISTED, product("LoadBalancerUsage", "Hrs")), "has 2 products for it"),
    "two prices": ((product("LoadBalancerUsage", "Hrs", *[priced("Hrs", "1")] * 2),), "has 2 prices for it"),
    "nothing to pay": ((product("LoadBalancerUsage", "Hrs", priced("Hrs", "0")),), "has no prices for it"),
    "another unit": ((product("LoadBalancerUsage", "GB"),), "no single price for a unit of Hrs"),
    "another currency": (
        (product("LoadBalancerUsage", "Hrs", priced("Hrs", "1", currency="CNY")),),
        "no price in US dollars",
    ),
    "no terms": (({**LISTED, "terms": {}},), "in another form than expected"),
    "no term on demand": (({**LISTED, "terms": {"OnDemand": {}}},), "no single price for a unit of Hrs"),
    "no amount": ((product("LoadBalancerUsage", "Hrs", priced("Hrs", "much")),), "in another form than expected"),
    "no object": ((["LoadBalancerUsage"],), "in another form than expected"),  # type: ignore[dict-item]  # is the case
}


@pytest.mark.parametrize("case", sorted(NOT_ONE))
def test_without_exactly_one_price_the_reason_is_told(aws: FakeAws, case: str) -> None:
    products, reason = NOT_ONE[case]
    found = answered(aws, *products)
    assert isinstance(found, Unknown)
    assert reason in found.reason


def test_two_terms_are_not_one_price(aws: FakeAws) -> None:
    twice = json.loads(json.dumps(LISTED))
    twice["terms"]["OnDemand"]["SKU.OTHER"] = twice["terms"]["OnDemand"]["SKU.TERM"]
    assert answered(aws, twice) == Unknown("the price list has no single price for a unit of Hrs")


def test_an_answer_without_a_list_has_no_products(aws: FakeAws) -> None:
    aws.answers("GetProducts", {"FormatVersion": "aws_v1"})
    assert "has no products for it" in str(prices().price(HOUR))


def test_a_text_that_is_no_json_is_another_form(aws: FakeAws) -> None:
    aws.answers("GetProducts", {"PriceList": ["{"]})
    assert prices().price(HOUR) == Unknown("the price list answered in another form than expected")


def test_who_was_denied_asks_no_more(aws: FakeAws) -> None:
    aws.answers("GetProducts", Refusal("AccessDeniedException"))
    ours = prices()
    for each in (HOUR, Product("Any", "Any", "Any")):
        assert ours.price(each) == Unknown("the price list refused to answer (AccessDeniedException)")
    assert aws.operations == ["GetProducts"]


@pytest.mark.parametrize("code", ["ThrottlingException", "InvalidParameterException", "InternalErrorException"])
def test_another_refusal_leaves_out_one_product(aws: FakeAws, code: str) -> None:
    aws.answers("GetProducts", Refusal(code), listing(product("LCUUsage", "LCU-Hrs")))
    ours = prices()
    assert ours.price(HOUR) == Unknown(f"the price list refused to answer ({code})")
    assert isinstance(ours.price(Product("AWSELB", "LCUUsage", "LCU-Hrs")), Price)


@pytest.mark.parametrize(
    "error", [ConnectTimeoutError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x"), EndpointConnectionError]
)
def test_what_does_not_answer_is_asked_no_more(aws: FakeAws, error: Any) -> None:
    def silent(_: Json) -> Json:
        raise error if isinstance(error, Exception) else error(endpoint_url="x")

    aws.answers("GetProducts", silent)
    ours = prices()
    for each in (HOUR, Product("Any", "Any", "Any")):
        found = ours.price(each)
        assert isinstance(found, Unknown)
        assert found.reason.startswith("the price list did not answer (")
    assert aws.operations == ["GetProducts"]


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "aws-eusc"])
def test_a_partition_without_the_list_is_not_asked_for(aws: FakeAws, partition: str) -> None:
    found = PriceList("cn-north-1", partition).price(HOUR)
    assert found == Unknown(f"the price list has no prices of the partition {partition}")
    assert aws.calls == []


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("eu-west-2", "eu-central-1"),
        ("il-central-1", "eu-central-1"),
        ("ap-northeast-1", "ap-south-1"),
        ("us-west-1", "us-east-1"),
        ("sa-east-1", "us-east-1"),
        ("af-south-1", "us-east-1"),
    ],
)
def test_it_is_asked_in_one_of_its_three_regions(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, region: str, place: str
) -> None:
    asked: list[str] = []
    client = clients.pricing("eu-central-1")

    def asked_in(region: str) -> object:
        asked.append(region)
        return client

    monkeypatch.setattr(clients, "pricing", asked_in)
    aws.answers("GetProducts", listing())
    prices(region).price(HOUR)
    assert asked == [place]
