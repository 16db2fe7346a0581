"""The pictures of the notebook `mesh.ipynb`. Each has its own white ground, so it reads well on a dark page too."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date

import matplotlib.dates as dates
import matplotlib.pyplot as plt
from IPython.display import Image, Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mesh_notebook import Answer, Mesh

BLUE, ORANGE, GREY, INK = "#2f6db5", "#c2570c", "#d5dae1", "#22272e"
NO_CAMPAIGN = "no campaign"
TABLES = """SELECT table_name FROM "{}".information_schema.tables WHERE table_schema <> 'information_schema'"""
EMAILS = (
    'SELECT table_schema, table_name, column_name FROM "{}".information_schema.columns '
    "WHERE table_schema <> 'information_schema' AND column_name LIKE '%email%' ORDER BY table_name LIMIT 1"
)
CLEAR = 'SELECT bool_or("{3}" LIKE \'%@%\') FROM "{0}"."{1}"."{2}"'
plt.rcParams["text.parse_math"] = False  # names may have a $
COLOURS = {"hidden": "#f3c9bd", "some": "#f6e6b4", "all": "#bfe0cf"}


def revenue_by_campaign(answer: Answer) -> Image | Markdown:
    """The revenue of the customers whom each campaign reached first; by customer where no campaign is known."""
    if "revenue" not in answer.names:
        return Markdown("No picture: you see no revenue.")
    totals: dict[str, float] = {}
    campaigns = "campaign_name" in answer.names
    for row in answer.rows:
        values = dict(zip(answer.names, row, strict=True))
        # Two customers may have one name.
        one = f"{values.get('customer_name')} ({values.get('customer_id')})"
        label = (values["campaign_name"] or NO_CAMPAIGN) if campaigns else one
        totals[label] = totals.get(label, 0) + float(values["revenue"] or 0)
    return bars(
        "Revenue by the campaign that reached the customer first" if campaigns else "Revenue by customer", totals
    )


def bars(title: str, values: Mapping[str, float]) -> Image:
    """Sums of money as bars, the largest on top."""
    values = dict(sorted(values.items(), key=lambda item: item[1]))
    figure, axes = _sheet(title, 1.1 + 0.45 * len(values))
    colours = [GREY if label == NO_CAMPAIGN else BLUE for label in values]
    drawn = axes.barh(range(len(values)), list(values.values()), color=colours)
    axes.set_yticks(range(len(values)), [textwrap.shorten(label, 40, placeholder="…") for label in values])
    axes.bar_label(drawn, [f" {value:,.2f} USD" for value in values.values()], color=INK)
    axes.margins(x=0.25)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    return _image(figure, f"{title}: " + ", ".join(f"{label} {value:,.2f} USD" for label, value in values.items()))


def orders_over_time(mesh: Mesh) -> Image | Markdown | Answer:
    """What was ordered month by month; for whom orders are closed, when customers ordered last."""
    orders = mesh.ask("SELECT ordered_at, total_amount FROM sales.public.orders")
    if orders:
        return over_time(
            "What was ordered", "USD", [row[0].date() for row in orders.rows], orders.column("total_amount")
        )
    ports = mesh.ask("SELECT last_order_at FROM sales.public.customer_revenue WHERE last_order_at IS NOT NULL")
    if not ports:
        return orders
    days = [at.date() for (at,) in ports.rows]
    return over_time("Customers by their last order (orders are closed to you)", "customers", days, [1] * len(days))


def over_time(title: str, unit: str, days: Sequence[date], amounts: Sequence[float]) -> Image | Markdown:
    """What came in month by month as bars, and all of it until then as a line."""
    if not days:
        return Markdown("No picture: there are no rows.")
    months: dict[date, float] = {}
    for day, amount in sorted(zip(days, amounts, strict=True)):
        months[day.replace(day=1)] = months.get(day.replace(day=1), 0) + float(amount)
    at, sums = [dates.date2num(month) for month in months], [0.0]
    for amount in months.values():
        sums.append(sums[-1] + amount)
    figure, axes = _sheet(title, 3.4)
    axes.bar(at, list(months.values()), width=20, color=BLUE, label="in the month")
    axes.plot(at, sums[1:], color=ORANGE, marker="o", label="in all until then")
    axes.xaxis_date()
    axes.xaxis.set_major_formatter(dates.DateFormatter("%b %Y"))
    axes.xaxis.set_major_locator(dates.AutoDateLocator(maxticks=7))
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=GREY)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="upper left")
    return _image(figure, f"{title}: {sums[-1]:,.2f} {unit} in {len(months)} months, first {min(months)}")


def what_you_see(mesh: Mesh) -> Image:
    """Each catalog of the mesh, and what its server shows to the person of this notebook."""
    rows = [(catalog, *_seen(mesh, catalog)) for catalog in _catalogs(mesh)]
    heads = ("in your list of catalogs", "tables that you read", "e-mails")
    figure, axes = _sheet(f"What {mesh.me} sees of each catalog", 0.9 + 0.55 * len(rows))
    for line, (catalog, *cells) in enumerate(rows):
        axes.text(-0.08, line + 0.5, catalog, ha="right", va="center", color=INK, fontweight="bold")
        for column, (kind, text) in enumerate(cells):
            axes.add_patch(plt.Rectangle((column + 0.02, line + 0.05), 0.96, 0.9, color=COLOURS[kind]))
            axes.text(column + 0.5, line + 0.5, text, ha="center", va="center", color=INK)
    for column, head in enumerate(heads):
        axes.text(column + 0.5, -0.12, head, ha="center", va="bottom", color=INK, fontsize=9)
    axes.set(xlim=(0, len(heads)), ylim=(len(rows), -0.4))
    axes.axis("off")
    said = "; ".join(f"{catalog}: " + ", ".join(text for _, text in cells) for catalog, *cells in rows)
    return _image(figure, f"What {mesh.me} sees: {said}")


def something_closed(mesh: Mesh) -> str:
    """A statement that is refused to the person of this notebook."""
    listed = mesh.ask("SHOW CATALOGS").rows
    hidden = [catalog for catalog in _catalogs(mesh) if (catalog,) not in listed]
    return f'SHOW TABLES FROM "{hidden[0]}".public' if hidden else "CREATE ROLE mine"


def _catalogs(mesh: Mesh) -> list[str]:
    """The catalogs of all domains, and the lake's, whether the person sees them or not."""
    return [*(domain["catalog"] for domain in mesh.domains.values()), mesh.lake["eventsTable"].partition(".")[0]]


def _seen(mesh: Mesh, catalog: str) -> list[tuple[str, str]]:
    """Whether the person finds a catalog listed, how many of its tables, and what e-mails look like."""
    listed = (catalog,) in mesh.ask("SHOW CATALOGS").rows
    tables = mesh.ask(TABLES.format(catalog)).rows
    own = [domain["catalog"] for name, domain in mesh.domains.items() if name in mesh.logins]
    every = catalog in own or len(own) == len(mesh.domains)
    found = [("all", "yes") if listed else ("hidden", "no")]
    found.append(("all" if every else "some", str(len(tables))) if tables else ("hidden", "none"))
    if not (named := mesh.ask(EMAILS.format(catalog)).rows):
        return [*found, ("all", "no e-mails") if tables else ("hidden", "closed")]
    shown = {(): ("hidden", "closed"), (None,): ("all", "no e-mails"), (True,): ("all", "in clear")}
    (answer,) = mesh.ask(CLEAR.format(catalog, *named[0])).rows or [()]
    return [*found, shown.get(tuple(answer), ("some", "pseudonyms"))]


def _sheet(title: str, height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(7.6, height), facecolor="white", layout="constrained")
    axes.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return figure, axes


def _image(figure: Figure, said: str) -> Image:
    """The picture, with words for who does not see it."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=144, facecolor="white", pad_inches=0.15)
    plt.close(figure)
    return Image(drawn.getvalue(), width=round(figure.get_figwidth() * 100), alt=said)
