"""The sheet: every form has what the portal asks for, and nothing of a hand-off means anything to its reader."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from private_connection_cli.sheet import FORMATS, sheet
from tests.cli.handoffs import HANDOFF, hostile


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text of its code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags = list[tuple[str, dict[str, str | None]]]()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_sheet_has_what_the_portal_asks_for() -> None:
    text = sheet(HANDOFF, "text")
    for expected in ("arn:aws:iam::123456789012:role/r", "com.amazonaws.vpce.us-east-1.vpce-svc-1", "use1-az1"):
        assert expected in text
    assert "redis-demo-001.abc.0001.use1.cache.amazonaws.com:6379" in text
    assert "redis-demo-001, primary now" in text
    assert "redis, with TLS" in text
    assert "Findings" not in text


def test_the_sheet_says_no_role_where_there_is_none() -> None:
    endpoint = HANDOFF["endpoints"][0] | {"role": None}
    text = sheet({**HANDOFF, "transitEncryption": False, "endpoints": [endpoint]}, "text")
    assert "now" not in text
    assert "redis, without TLS" in text


def test_the_sheet_ends_in_the_findings_if_there_are_any() -> None:
    finding = {"code": "A_CODE", "level": "warning", "field": "role", "message": "found x; expected y", "remedy": "z"}
    text = sheet({**HANDOFF, "findings": [finding]}, "text")
    assert text.endswith("Findings\n  - warning A_CODE (role): found x; expected y; remedy: z")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_has_what_the_portal_asks_for(form: str) -> None:
    text = sheet(HANDOFF, form).replace("\\_", "_")
    (endpoint,) = HANDOFF["endpoints"]
    for expected in (HANDOFF["roleArn"], HANDOFF["workspaceId"], endpoint["serviceName"], endpoint["endpoint"]):
        assert expected in text
    assert endpoint["availabilityZoneId"] in text
    assert "6379" in text


def test_the_json_is_the_hand_off() -> None:
    assert json.loads(sheet(hostile(), "json")) == hostile()


def test_a_page_has_no_tag_that_comes_from_the_hand_off() -> None:
    harmless, spoilt = (
        Page(
            sheet({**HANDOFF, "findings": [{}.fromkeys(("code", "level", "field", "message", "remedy"), "")]}, "html")
        ),
        Page(sheet(hostile(), "html")),
    )
    assert [tag for tag, _ in spoilt.tags] == [tag for tag, _ in harmless.tags]
    assert [set(attributes) for _, attributes in spoilt.tags] == [set(attributes) for _, attributes in harmless.tags]
    assert spoilt.text.count("<script>alert(1)</script>") > 10


def test_a_page_asks_for_nothing_from_outside() -> None:
    text = sheet(HANDOFF, "html")
    loading = {"src", "srcset", "data", "poster", "background", "action"}
    for tag, attributes in Page(text).tags:
        assert not loading & attributes.keys()
        assert tag not in ("link", "img", "iframe", "object", "base", "form")
        if "href" in attributes:
            assert tag == "a"
            assert str(attributes["href"]).startswith("https://docs.ververica.com/")
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_of_a_page_allows_its_own_style_and_script_alone() -> None:
    text = sheet(HANDOFF, "html")
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', text)
    wanted = dict[str, str]()
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        wanted[directive] = f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"
    allowed = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert allowed == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"} | wanted


def test_each_value_of_a_page_has_a_button_that_copies_it() -> None:
    tags = Page(sheet({**HANDOFF, "endpoints": HANDOFF["endpoints"] * 2}, "html")).tags
    ids = [attributes["id"] for tag, attributes in tags if tag == "code" and "id" in attributes]
    assert ids == ["role", "external-id", "service-1", "endpoint-1", "service-2", "endpoint-2"]
    assert [attributes["data-copy"] for tag, attributes in tags if tag == "button"] == ids


def test_a_cell_of_a_markdown_table_stays_one_cell() -> None:
    text = sheet(hostile(), "md")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [3] * 5 + [5] * 3
    assert "<script>" not in text.partition("## Check it")[0]


def test_a_sheet_without_endpoints_has_no_snippet() -> None:
    for form in ("md", "html"):
        assert "CREATE TEMPORARY TABLE" in sheet(HANDOFF, form)
        assert "CREATE TEMPORARY TABLE" not in sheet({**HANDOFF, "endpoints": []}, form)
