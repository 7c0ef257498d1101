"""The price list, which moto does not have: its products are those that a test looks up, at prices that nobody asks.

Every description says `sample price`, and every price is round and far above any of AWS's, so that no figure made of
them is taken for one of AWS's. What tells products apart is in the shape of the list: usage types that begin with the
Region's place, products beside the one that is looked for, prices that go down with use, and others for nothing.

Sources: Price List Query API reference, GetProducts and Filter; AWS Billing user guide, "Using the AWS Price List Query
API" (the Regions that answer) and "Reading the service price list file" (the parts of a product); attributes and usage
types as offers show them that others have recorded (infracost/infracost, bangpound/awspricing).
"""

import re
import sys
from collections.abc import Callable
from typing import Final

from moto import backend_index

from sandbox.services.pricing import models

__all__ = ["register"]

MODULE: Final = "moto.pricing"
"""Where moto looks for the service's backends."""


def register() -> Callable[[], None]:
    """Have moto find the service. Returns what takes it away again, unless it was there before."""
    if MODULE in sys.modules:
        return lambda: None
    patterns = [("pricing", re.compile(base)) for base in models.url_bases]
    sys.modules[MODULE] = models
    backend_index.backend_url_patterns.extend(patterns)

    def take_away() -> None:
        for each in patterns:
            backend_index.backend_url_patterns.remove(each)
        del sys.modules[MODULE]

    return take_away
