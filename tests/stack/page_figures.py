"""The figures of a page of the catalogue, by their names."""

from html.parser import HTMLParser


class Figures(HTMLParser):
    """The figures of a page by their names, and the cells of its samples by product, column and person."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.cells: dict[tuple[str, str, str], tuple[str, str]] = {}
        self._cell: tuple[str, str, str] | None = None
        self._value = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if name := found.get("data-figure"):
            assert self.values.setdefault(name, found["value"]) == found["value"], f"two values of {name}"
        if tag == "td":
            cell = found.get("data-cell", "").split(":")
            self._cell = (cell[0], cell[1], cell[2]) if len(cell) == 3 else None
            if self._cell:
                self.cells[self._cell] = (found["class"], "")
        self._value = tag == "bdi"

    def handle_endtag(self, tag: str) -> None:
        self._value = False
        if tag == "td":
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell and self._value:
            kind, before = self.cells[self._cell]
            self.cells[self._cell] = (kind, before + data)

    def of(self, kind: str) -> dict[str, str]:
        """The figures whose names begin so, by the rest of their names."""
        begin = f"{kind}:"
        return {name.removeprefix(begin): value for name, value in self.values.items() if name.startswith(begin)}
