"""GetProducts: the products of a service that every filter matches, each as a JSON text, in pages.

The price list answers in three Regions. In another one there is no host of that name: a client of this process gets no
connection, and one that comes over HTTP, which knows one host only, is refused.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import EndpointConnectionError
from moto.core.responses import ActionResult, BaseResponse

from sandbox.services.common import Corrected, Refused, page
from sandbox.services.pricing.products import Product, products

REGIONS: Final = ("us-east-1", "eu-central-1", "ap-south-1")
FORMAT: Final = "aws_v1"
MOST: Final = 100
MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "TERM_MATCH": lambda found, value: found == value,
    "EQUALS": lambda found, value: found == value,
    "CONTAINS": lambda found, value: value in found,
    "ANY_OF": lambda found, value: found in value.split(","),
    "NONE_OF": lambda found, value: found not in value.split(","),
}
"""Whether a field of a product fits the value of a filter, by the type of the filter."""


class Pricing(Corrected, BaseResponse):
    """The responses."""

    def __init__(self) -> None:
        super().__init__(service_name="pricing")
        self.automated_parameter_parsing = True

    def setup_class(self, request: Any, full_url: Any = None, *rest: Any, **named: Any) -> None:
        super().setup_class(request, full_url, *rest, **named)
        if self.region not in REGIONS and not getattr(request, "from_wsgi_server", False):
            raise EndpointConnectionError(endpoint_url=full_url)

    def get_products(self) -> ActionResult:
        p = self._get_params()
        if self.region not in REGIONS:
            raise Refused("InvalidParameterException", f"The price list does not answer in {self.region}.")
        if p.get("FormatVersion", FORMAT) != FORMAT:
            raise Refused("InvalidParameterException", f"Format version {p['FormatVersion']} is invalid.")
        if not 1 <= p.get("MaxResults", MOST) <= MOST:
            raise Refused("InvalidParameterException", f"MaxResults must be between 1 and {MOST}.")
        found = _matching(p["ServiceCode"], p.get("Filters", []))
        shown, following = page(found, p.get("MaxResults", MOST), p.get("NextToken"))
        answer = {"FormatVersion": FORMAT, "PriceList": [json.dumps(each.listed) for each in shown]}
        return ActionResult(answer if following is None else answer | {"NextToken": following})


def _matching(service: str, filters: list[Mapping[str, str]]) -> list[Product]:
    regions = [each["Value"] for each in filters if (each["Type"], each["Field"]) == ("TERM_MATCH", "regionCode")]
    return [each for each in products(service, regions) if _fits(each, filters)]


def _fits(product: Product, filters: list[Mapping[str, str]]) -> bool:
    return all(MATCHES[each["Type"]](product.fields.get(each["Field"], ""), each["Value"]) for each in filters)
