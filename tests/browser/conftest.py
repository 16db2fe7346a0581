"""Pages in headless Chromium, and everything that goes wrong while one is open."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, sync_playwright

from catalogue.page import render
from tests.browser import chromium
from tests.browser.opened import CATALOGUES, Colours, Open, Opened

AXE_SHA256 = "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"
"""Of axe-core 4.12.1, as the package axe-playwright-python carries it."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    assert hashlib.sha256(AXE_SCRIPT.encode()).hexdigest() == AXE_SHA256, "axe-core is another one than was pinned"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.needed(), args=chromium.flags())
        yield started
        started.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files, by the name of their catalogue."""
    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in CATALOGUES}
    for name, path in found.items():
        path.write_text(render(CATALOGUES[name]()), encoding="utf-8")
    return found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a file as a person does, offline: `open_page(path, width=360, colours="dark", locale="fr-FR")`."""
    contexts = []

    def opened(path: Path, *, width: int = 1280, colours: Colours = "light", locale: str = "en-US") -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=colours, locale=locale, offline=True
        )
        contexts.append(context)
        # a context of its own has no clipboard until it is allowed to
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        result = Opened(context.new_page())
        _listen(result, path.as_uri())
        result.page.goto(path.as_uri())
        return result

    yield opened
    for context in contexts:
        context.close()


def _listen(opened: Opened, address: str) -> None:
    def dialog(shown: Any) -> None:
        opened.faults.append(f"dialog: {shown.message}")
        shown.dismiss()

    def request(asked: Any) -> None:
        if asked.url.partition("#")[0] != address or asked.resource_type != "document":
            opened.faults.append(f"request: {asked.url[:200]}")

    def console(message: Any) -> None:
        if message.type in ("error", "warning"):
            opened.faults.append(f"console: {message.text}")

    page = opened.page
    page.on("dialog", dialog)
    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: opened.faults.append(f"exception: {error}"))
    page.on("popup", lambda _: opened.faults.append("another window"))
