"""Whether AWS takes the tags of the deployment, and those of the request together with them."""

from collections.abc import Iterator

from private_connection.preflight.facts import Facts
from private_connection.request.findings import Finding
from private_connection.request.models import ConnectionRequest
from private_connection.request.tags import combined, too_many_tags, unfit_tags


def check_tags(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    yield from unfit_tags("DefaultTags", facts.default_tags)
    yield from too_many_tags(combined(facts.default_tags, request.tags))
