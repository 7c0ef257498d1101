"""AWS's public price list, as far as a plan needs it. No price is ever taken from anywhere else.

It answers in three Regions for the Regions of the partition ``aws``, and each product is a JSON text with its prices
(Price List Query API, GetProducts; AWS Billing user guide, "Using the AWS Price List Query API"). A price counts only
where the list names exactly one: what is refused, late, missing, ambiguous or in another shape is `Unknown` with the
reason, never an error.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from private_connection import clients
from private_connection.errors import code_of

PARTITION: Final = "aws"
NEAREST: Final = {"ap": "ap-south-1", "eu": "eu-central-1", "il": "eu-central-1", "me": "eu-central-1"}
"""Where to ask, by how a Region begins; all others ask in us-east-1."""
CURRENCY: Final = "USD"
PLACE: Final = r"(?:(?!TS-)[A-Z]+\d*-)?"
"""What a usage type begins with outside us-east-1, such as ``EUC1-``. ``Outposts-`` is not among it, nor is ``TS-``,
which are products of another kind.
"""
MOST: Final = 100
"""Products of an answer that are looked at, which is the list's own largest page."""
SAMPLE: Final = "sample price"
"""How a product says that its price is made up."""
DENIED: Final = "AccessDenied"
"""How the code begins with which it refuses who may not ask."""
UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)
"""What a product raises that is not of the shape that is documented."""


@dataclass(frozen=True, slots=True)
class Product:
    """What is looked for: the one product of a service whose usage type is this, after the place it begins with."""

    service: str
    usage: str
    unit: str
    attributes: tuple[tuple[str, str], ...] = ()
    """What the product has besides, exactly."""
    everywhere: bool = False
    """Whether it has one price for all Regions."""


@dataclass(frozen=True, slots=True)
class Price:
    """In US dollars for a unit, beyond what the list gives for nothing, and in the list's own words."""

    amount: Decimal
    description: str

    @property
    def is_sample(self) -> bool:
        return SAMPLE in self.description


@dataclass(frozen=True, slots=True)
class Unknown:
    reason: str


@dataclass
class PriceList:
    """The prices of a Region. Once it was denied an answer, or got none, it asks no more."""

    region: str
    partition: str
    _silent: Unknown | None = None
    _answers: dict[tuple[str, tuple[tuple[str, str], ...]], Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.partition != PARTITION:
            self._silent = Unknown(f"the price list has no prices of the partition {self.partition}")

    def price(self, product: Product) -> Price | Unknown:
        """The one price of a product. Answers that two products are in are asked for once."""
        if self._silent is not None:
            return self._silent
        try:
            texts = self._asked(product)
        except ClientError as error:
            refused = Unknown(f"the price list refused to answer ({code_of(error)})")
            self._silent = refused if code_of(error).startswith(DENIED) else None
            return refused
        except BotoCoreError as error:
            self._silent = Unknown(f"the price list did not answer ({type(error).__name__})")
            return self._silent
        return _read(product, texts)

    def _asked(self, product: Product) -> Sequence[str]:
        place = product.attributes if product.everywhere else (("regionCode", self.region), *product.attributes)
        key = product.service, place
        if key not in self._answers:
            asked = clients.pricing(NEAREST.get(self.region.partition("-")[0], "us-east-1"))
            found = asked.get_paginator("get_products").paginate(
                ServiceCode=product.service,
                Filters=[{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in place],
                PaginationConfig={"MaxItems": MOST, "PageSize": MOST},
            )
            self._answers[key] = [text for page in found for text in page.get("PriceList", [])]
        return self._answers[key]


def _read(product: Product, texts: Sequence[str]) -> Price | Unknown:
    try:
        return _only(product, [json.loads(each) for each in texts])
    except UNREADABLE:
        return Unknown("the price list answered in another form than expected")


def _only(product: Product, listed: Sequence[Any]) -> Price | Unknown:
    usage = re.compile(PLACE + re.escape(product.usage))
    fitting = [each for each in listed if usage.fullmatch(each["product"]["attributes"]["usagetype"])]
    if len(fitting) != 1:
        return Unknown(f"the price list has {len(fitting) or 'no'} products for it, where one was expected")
    terms = list(fitting[0]["terms"]["OnDemand"].values())
    priced = [each for term in terms for each in term["priceDimensions"].values()]
    if len(terms) != 1 or any(each["unit"].lower() != product.unit.lower() for each in priced):
        return Unknown(f"the price list has no single price for a unit of {product.unit}")
    return _first(priced)


def _first(priced: Sequence[Mapping[str, Any]]) -> Price | Unknown:
    """Of prices by amount of use, the one of the least use that costs something: what is free is not counted."""
    if any(CURRENCY not in each["pricePerUnit"] for each in priced):
        return Unknown("the price list has no price in US dollars")
    costing = [each for each in priced if Decimal(each["pricePerUnit"][CURRENCY]) > 0]
    least = min((Decimal(each["beginRange"]) for each in costing), default=None)
    first = [each for each in costing if Decimal(each["beginRange"]) == least]
    if len(first) != 1:
        return Unknown(f"the price list has {len(first) or 'no'} prices for it, where one was expected")
    return Price(Decimal(first[0]["pricePerUnit"][CURRENCY]), str(first[0]["description"]))
