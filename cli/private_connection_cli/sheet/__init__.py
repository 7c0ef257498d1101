"""The sheet for the Ververica portal, from a run's hand-off: as text, JSON, Markdown or one HTML page."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from private_connection_cli.sheet.text import text

Handoff = Mapping[str, Any]

CONNECTIONS_PAGE: Final = "https://docs.ververica.com/reference/set-up-private-connections-in-aws"
PAGES: Final = {
    "connections_page": CONNECTIONS_PAGE,
    "elasticache_page": f"{CONNECTIONS_PAGE}/elasticache",
    "connector_page": "https://docs.ververica.com/reference/connectors/redis",
}
IDLE_SECONDS: Final = 350
"""A Network Load Balancer forgets a TCP connection that is idle for as long (ELB user guide, "Idle timeouts")."""
MEANING_IN_MARKDOWN: Final = frozenset("\\`*_{}[]<>()#+!|~&")


def sheet(handoff: Handoff, form: str) -> str:
    """The sheet in one of `FORMATS`, without a line break at its end."""
    return FORMATS[form](handoff).rstrip("\n")


def _rendered(template: str, handoff: Handoff) -> str:
    """Whatever comes from the hand-off is escaped for the format of the template."""
    environment = Environment(
        loader=PackageLoader("private_connection_cli", "sheet"),
        autoescape=template.endswith(".html.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "dns": _dns, "sha256": _sha256}
    own = {"handoff": handoff, "idle_seconds": IDLE_SECONDS, "style": _own("page.css"), "script": _own("page.js")}
    return environment.get_template(template).render(**own, **PAGES)


def _own(name: str) -> Markup:
    """A file of this package, which stands in the page as it is."""
    return Markup(files(__package__).joinpath(name).read_text())


def _sha256(value: str) -> str:
    """What a Content-Security-Policy allows an inline style or script by (CSP level 3, "hash-source")."""
    return base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()


def _dns(value: str) -> str:
    """A name for a line of code, without what no DNS name has."""
    return re.sub(r"[^A-Za-z0-9.-]", "", value)


def _cell(value: object) -> str:
    """The text of a cell of a Markdown table, as it is read: no character of it has a meaning."""
    escaped = "".join(f"\\{each}" if each in MEANING_IN_MARKDOWN else each for each in str(value))
    return " ".join(escaped.split())


FORMATS: Final[Mapping[str, Callable[[Handoff], str]]] = {
    "text": text,
    "json": lambda handoff: json.dumps(handoff, indent=2, ensure_ascii=False),
    "md": partial(_rendered, "sheet.md.jinja"),
    "html": partial(_rendered, "sheet.html.jinja"),
}
