"""The sheet as a page in a real browser: it copies, asks for nothing, runs nothing of a hand-off, and can be read."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page

from private_connection_cli.sheet import sheet
from tests.cli.handoffs import HANDOFF, hostile

PICTURES = Path("build/sheet")
VALUES = ["role", "external-id", "service-1", "endpoint-1"]
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Pages have the clipboard's API on localhost, which is a secure context."""
    folder = tmp_path_factory.mktemp("pages")
    for name, handoff in (("plain", HANDOFF), ("hostile", hostile())):
        (folder / f"{name}.html").write_text(sheet(handoff, "html"))
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page, and fails if it asked for anything else, or if anything in it ran into an error or a policy."""
    asked, complaints = list[str](), list[str]()
    contexts = []

    def dismissed(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def open_page(name: str = "plain", script: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", dismissed)
        page.goto(f"{address}/{name}.html")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in asked if not each.startswith(address)] == []
    assert complaints == []


@pytest.mark.parametrize("script", [None, NO_CLIPBOARD])
def test_each_button_copies_its_value(opened: Callable[..., Page], script: str | None) -> None:
    page = opened(script=script)
    for value in VALUES:
        wanted = page.locator(f"#{value}").inner_text()
        page.locator(f"button[data-copy={value}]").click()
        page.get_by_text(f"Copied {wanted}").wait_for()
        assert pasted(page) == wanted


def pasted(page: Page) -> str:
    """What a person would paste, read in another page, which has the clipboard's API."""
    other = page.context.browser
    assert other is not None
    reader = other.new_context(permissions=["clipboard-read"])
    try:
        second = reader.new_page()
        second.goto(page.url)
        return str(second.evaluate("navigator.clipboard.readText()"))
    finally:
        reader.close()


def test_nothing_of_a_hand_off_runs_or_is_a_tag(opened: Callable[..., Page]) -> None:
    page = opened("hostile")
    assert page.locator("script").count() == 1
    assert page.locator("body").inner_text().count("<script>alert(1)</script>") > 10


def test_a_script_that_got_in_would_not_run(opened: Callable[..., Page], browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page, refused = context.new_page(), list[str]()
        page.on("console", lambda message: refused.append(message.text))
        page.goto(f"{address}/plain.html")
        page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'https://x.invalid/'}))")
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in each for each in refused)


def test_a_screen_reader_has_names_for_all_that_can_be_used(opened: Callable[..., Page]) -> None:
    page = opened()
    buttons = page.get_by_role("button")
    names = [buttons.nth(n).get_attribute("aria-label") for n in range(buttons.count())]
    assert names == [f"Copy {page.locator(f'#{value}').inner_text()}" for value in VALUES]
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("img").count() == page.get_by_role("region").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"color_scheme": "light", "viewport": {"width": 1000, "height": 1200}}),
        ("dark", {"color_scheme": "dark", "viewport": {"width": 1000, "height": 1200}}),
        ("phone", {"viewport": {"width": 360, "height": 740}}),
    ],
)
def test_it_can_be_read_on_a_screen(opened: Callable[..., Page], name: str, options: dict[str, Any]) -> None:
    page = opened(**options)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    width = options["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is beside the screen"
    ink, paper = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert ink != paper
    assert (ink == "rgb(255, 255, 255)") == (name == "dark")


def test_it_can_be_read_on_paper(opened: Callable[..., Page]) -> None:
    page = opened()
    page.emulate_media(media="print")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.pdf(path=PICTURES / "sheet.pdf")
    page.screenshot(path=PICTURES / "print.png", full_page=True)
    assert page.get_by_role("button").count() == 0, "paper has no buttons"
    assert page.locator("#service-1").is_visible()
