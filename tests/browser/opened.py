"""A page that is open in a browser, and the pages that are opened here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.catalogue_at_its_worst import empty, hostile
from tests.catalogue_example import example

CATALOGUES = {"example": example, "hostile": hostile, "empty": empty}
WIDTHS = (360, 768, 1280, 1920)
OPEN_ALL = "document.querySelectorAll('details').forEach(part => part.open = true)"
Colours = Literal["light", "dark"]


@dataclass
class Opened:
    """A page that is open, and what it did that no page of ours may do."""

    page: Page
    faults: list[str] = field(default_factory=list)
    """Errors and warnings of the console, exceptions, dialogs, and every request but the one for the file itself."""

    def run(self, script: str, argument: Any = None) -> Any:
        """The value of a JavaScript function or expression in the page."""
        return self.page.evaluate(script, argument)

    def visible(self, selector: str) -> int:
        """How many elements that can be seen a selector finds."""
        return self.run(
            "(all) => [...document.querySelectorAll(all)].filter(e => e.checkVisibility()).length", selector
        )

    def reload_until(self, condition: str) -> None:
        """Opens the file again until a condition holds: the browser writes what a page keeps a moment later."""
        for _ in range(20):
            self.page.reload()
            if self.run(condition):
                return
        raise AssertionError(f"never after the page was opened again: {condition}")

    def axe(self) -> list[str]:
        """What axe-core finds, one line a kind and element."""
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        assert found["passes"], "axe-core has looked at nothing"
        return [
            f"{rule['impact']}: {rule['id']}: {rule['help']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]


Open = Callable[..., Opened]


def chosen(opened: Opened, language: str) -> Opened:
    """The page in a language, by its own switch."""
    opened.page.click(f"button[data-language={language}]")
    return opened
