"""Products of the price list in its own shape, at prices that nobody asks."""

import json
from typing import Any

Json = dict[str, Any]


def product(usage: str, unit: str, *prices: Json, **attributes: str) -> Json:
    """A product whose one term on demand has these prices, or one of 2 dollars."""
    dimensions = {f"SKU.TERM.{number}": each for number, each in enumerate(prices or (priced(unit, "2"),))}
    return {
        "product": {"productFamily": "Any", "attributes": {"usagetype": usage, **attributes}, "sku": "SKU"},
        "serviceCode": "Any",
        "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "sku": "SKU", "termAttributes": {}}}},
        "version": "20260101000000",
        "publicationDate": "2026-01-01T00:00:00Z",
    }


def priced(unit: str, amount: str, begins: str = "0", ends: str = "Inf", currency: str = "USD") -> Json:
    return {
        "unit": unit,
        "beginRange": begins,
        "endRange": ends,
        "description": f"sample price: ${amount} for {unit}",
        "appliesTo": [],
        "rateCode": "SKU.TERM.RATE",
        "pricePerUnit": {currency: amount},
    }


def listing(*products: Json) -> Json:
    """An answer of GetProducts."""
    return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(each) for each in products]}
