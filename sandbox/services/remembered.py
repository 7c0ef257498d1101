"""What moto finds out anew at each request, each error or each account, although it never changes: here it is kept."""

import base64
from functools import cache, lru_cache
from typing import Any, Final

from moto.core import errors, responses, utils
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

from sandbox.stepfunctions.patching import Seam
from sandbox.wire.clients import MODELS

ERRORS: Final = errors.ErrorLookupFactory()
REQUEST_ID: Final = 52
DRAWN: Final = 35
"""Bytes, of which base 32 makes 56 letters."""


def seams() -> list[Seam]:
    return [
        # a class's methods take longer to list than most of them take
        Seam(responses, "method_names_from_class", _methods),
        Seam(responses, "camelcase_to_underscores", _underscored),
        Seam(responses, "gen_amzn_requestid_long", _request_id),
        # a table of all of a service's errors, made for each error to look up one
        Seam(errors, "ErrorLookupFactory", lambda: ERRORS),
        # moto reads its own copy of the models, which takes longer than most runs
        Seam(utils, "create_loader", lambda: MODELS),
        # kept by moto under the name of an account's backend, so never found again by the next account's
        Seam(AccountSpecificBackend, "_generate_regions", lambda this, service: _regions(service)),
    ]


_NAMES: Final[dict[tuple[object, ...], list[str]]] = {}


def _methods(of: type) -> list[str]:
    """Each account has classes of its own, with the same bases and the same names."""
    alike = (*of.__mro__[1:], *vars(of))
    if alike not in _NAMES:
        _NAMES[alike] = utils.method_names_from_class(of)
    return _NAMES[alike]


_underscored = lru_cache(maxsize=1024)(utils.camelcase_to_underscores)


@cache
def _regions(service: str) -> tuple[str, ...]:
    session = AccountSpecificBackend.get_session()
    partitions = session.get_available_partitions()
    return tuple(region for each in partitions for region in session.get_available_regions(service, each))


def _request_id(headers: dict[str, Any]) -> str:
    """As long as moto's, of the letters that DynamoDB uses, and drawn at once instead of letter by letter."""
    drawn: int = mock_random.getrandbits(8 * DRAWN)
    headers["x-amzn-requestid"] = identifier = base64.b32encode(drawn.to_bytes(DRAWN, "big"))[:REQUEST_ID].decode()
    return identifier
