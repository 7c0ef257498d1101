"""TLS while an account's time is another than the machine's: OpenSSL goes by the machine's, Python by the account's."""

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from sandbox.clock import VirtualClock, virtual_time
from tests.consumer.certificates import Certificate, certificate
from tests.consumer.forwarding import Forwarders

NAME: Final = "orders-001.orders.abcdef.use1.cache.amazonaws.com"


def shaken(shown: Certificate) -> object:
    """Until when the certificate is valid that a client accepts for the name."""
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(shown.chain, shown.key)
    trusting = ssl.create_default_context(cafile=shown.authority)
    with Forwarders() as forwarders:
        listening = socket.create_server(("127.0.0.1", 0))
        place = listening.getsockname()
        forwarders.open(listening, lambda: None, served)
        with socket.create_connection(place) as plain, trusting.wrap_socket(plain, server_hostname=NAME) as secured:
            return (secured.getpeercert() or {})["notAfter"]


@pytest.mark.parametrize("year", [2001, 2026, 2098])
def test_a_client_trusts_the_certificate_whatever_year_it_is_in_the_account(tmp_path: Path, year: int) -> None:
    with virtual_time(VirtualClock(datetime(year, 7, 1, tzinfo=UTC).timestamp())):
        assert datetime.now(UTC).year == year
        assert "2099" in str(shaken(certificate(tmp_path, [NAME])))


def test_one_that_is_valid_in_the_account_s_year_alone_is_refused(tmp_path: Path) -> None:
    with virtual_time(VirtualClock(datetime(2098, 7, 1, tzinfo=UTC).timestamp())):
        short = certificate(tmp_path, [NAME], datetime(2098, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))
        with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
            shaken(short)


def test_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken(certificate(tmp_path, [NAME.replace("001", "002")]))
