"""Drafts a migration: SQL from what a database has to what `schema.sql` makes.

What loses no row is a statement. What could lose or refuse some is a comment that begins with `-->`, below a line that
says what to decide. Views, indexes, constraints, functions and triggers are in schema.sql: they are dropped and made.
"""

from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise

from mesh.sql import literal
from seed.columns import Step, add_column, change_column
from seed.describe import Description, Thing

Reads = dict[str, set[str]]
CHOICE = "--> "
_VIEWS = ("view", "materialized view")
_MADE = {"enum": "TYPE {} AS ENUM ({})", "domain": "DOMAIN {} AS {}", "range": "TYPE {} AS RANGE ({})",
         "type": "TYPE {} AS ({})", "sequence": "SEQUENCE {} {}", "extension": "EXTENSION {} {}"}  # fmt: skip
_BY_HAND = "is to be written by hand: there is no draft for a change of this kind"


class Draft:
    """The steps from `old` to `new`; `reads` are the relations that views read, of either side."""

    def __init__(self, old: Description, new: Description, reads: tuple[Reads, Reads]) -> None:
        self._old, self._new = old, new
        self._reads = reads
        self._keys = old.keys() | new.keys()
        self._gone = {thing for thing in old if thing not in new}
        self._fresh = {thing for thing in new if thing not in old}
        self._changed = {thing for thing in old if thing in new and old[thing] != new[thing]}
        self._different = self._gone | self._fresh | self._changed
        self._made_tables = {thing.name for thing in self._fresh if thing.kind == "table"}
        self._lost_tables = {thing.name for thing in self._gone if thing.kind == "table"}
        self._views = self._affected_views()

    def text(self) -> str:
        """The migration."""
        return "\n".join(line for step in self._steps() for line in _lines(step))

    def _steps(self) -> Iterator[Step]:
        yield from self._uncomment()
        yield from self._take_down()
        yield from self._make_types()
        yield from self._functions()
        yield from self._tables()
        yield from self._owned_sequences()
        yield from self._build_up()
        yield from self._give_up()
        yield from self._make_views()
        yield from self._triggers()
        yield from self._comments()
        for thing in self._things(self._different, "foreign table", "aggregate", "rule", "policy"):
            yield Step((), f"{thing} {_BY_HAND}.")

    def _things(self, among: set[Thing], *kinds: str) -> list[Thing]:
        """The things of these kinds, in the order in which the databases name them."""
        order = {thing: number for number, thing in enumerate([*self._new, *self._old])}
        return sorted((thing for thing in among if thing.kind in kinds), key=lambda thing: order[thing])

    def _affected_views(self) -> set[str]:
        """The views to drop and to make again: changed ones, and those that read something that changes."""
        kinds = ("table", "column", *_VIEWS)
        touched = {thing.of or thing.name for thing in self._changed | self._gone if thing.kind in kinds}
        touched |= {thing.name for thing in self._fresh if thing.kind in _VIEWS}
        while True:
            more = {view for view, read in self._reads[0].items() if read & touched} - touched
            if not more:
                return touched
            touched |= more

    def _ordered_views(self, side: Description, reads: Reads) -> list[Thing]:
        views = {thing.name: thing for thing in side if thing.kind in _VIEWS}
        graph = {name: {each for each in reads.get(name, set()) if each in views} for name in sorted(views)}
        return [views[name] for name in TopologicalSorter(graph).static_order() if name in self._views]

    def _uncomment(self) -> Iterator[Step]:
        for thing in self._things(self._gone, "comment"):
            yield Step((f"COMMENT ON {thing.name} IS NULL;",))

    def _take_down(self) -> Iterator[Step]:
        for thing in self._things(self._gone | self._changed, "trigger"):
            yield Step((f"DROP TRIGGER {thing.name} ON {thing.of};",))
        for view in reversed(self._ordered_views(self._old, self._reads[0])):
            yield Step((f"DROP {view.kind.upper()} {view.name};",))
        loose = [
            thing for thing in self._things(self._gone | self._changed, "constraint", "index") if self._stays(thing)
        ]
        for thing in sorted(loose, key=lambda each: not self._old[each].startswith("FOREIGN KEY")):
            if thing.kind == "constraint":
                yield Step((f"ALTER TABLE {thing.of} DROP CONSTRAINT {thing.name};",))
            elif not _of_constraint(thing, self._old):
                yield Step((f"DROP INDEX {thing.name};",))

    def _stays(self, thing: Thing) -> bool:
        """Whether what a thing is part of is there before and after, and is no view that is dropped with its parts."""
        return thing.of not in self._lost_tables | self._made_tables | self._views or (
            thing.of in self._views and Thing("table", thing.of) in self._old
        )

    def _make_types(self) -> Iterator[Step]:
        for thing in self._things(self._fresh, "schema"):
            yield Step((f"CREATE SCHEMA {thing.name};",))
        for kind in ("extension", "enum", "domain", "range", "type", "sequence"):
            for thing in self._things(self._fresh, kind):
                definition = self._new[thing].split(" OWNED BY ")[0]
                yield Step((f"CREATE {_MADE[kind].format(thing.name, definition)};",))
        for thing in self._things(self._changed, "enum"):
            yield _enum_values(thing, self._old[thing], self._new[thing])
        for thing in self._things(self._changed, "sequence"):
            yield Step((f"ALTER SEQUENCE {thing.name} {self._new[thing]};",))
        for thing in self._things(self._changed, "domain", "range", "type", "extension"):
            yield Step((), f"{thing} {_BY_HAND}.")

    def _functions(self) -> Iterator[Step]:
        made = self._things(self._fresh | self._changed, "function", "procedure")
        if made:
            yield Step(("SET LOCAL check_function_bodies = off; -- they may name what comes below",))
        for thing in made:
            yield Step((self._new[thing].rstrip().rstrip(";") + ";",))

    def _tables(self) -> Iterator[Step]:
        for thing in sorted(self._things(self._fresh, "table"), key=lambda each: "PARTITION OF" in self._new[each]):
            yield _make_table(thing, self._new)
        for thing in self._things(self._fresh, "column"):
            if Thing("table", thing.of) in self._old and Thing("table", thing.of) in self._new:
                yield add_column(thing.of, thing.name, self._new[thing])
        for thing in self._things(self._changed, "column"):
            if Thing("table", thing.of) in self._new:
                yield from change_column(thing.of, thing.name, self._old[thing], self._new[thing])
        for thing in self._things(self._changed, "table"):
            yield Step((), f"{thing} {_BY_HAND}: it is {self._old[thing]}, and shall be {self._new[thing]}.")

    def _owned_sequences(self) -> Iterator[Step]:
        for thing in self._things(self._fresh, "sequence"):
            if " OWNED BY " in self._new[thing]:
                yield Step((f"ALTER SEQUENCE {thing.name} OWNED BY {self._new[thing].split(' OWNED BY ')[1]};",))

    def _build_up(self) -> Iterator[Step]:
        parts = self._things(self._fresh | self._changed, "constraint", "index")
        whole = [
            thing for thing in parts if "PARTITION OF" not in self._new.get(Thing("table", thing.of), "PARTITION OF")
        ]
        for thing in sorted(whole, key=lambda each: (each.kind, self._new[each].startswith("FOREIGN KEY"))):
            if thing.kind == "constraint":
                yield Step((f"ALTER TABLE {thing.of} ADD CONSTRAINT {thing.name} {self._new[thing]};",))
            elif not _of_constraint(thing, self._new):
                yield Step((f"{self._new[thing]};",))

    def _give_up(self) -> Iterator[Step]:
        for thing in self._things(self._gone, "column"):
            if thing.of not in self._lost_tables and Thing("table", thing.of) in self._new:
                other = [new.name for new in self._fresh if new.kind == "column" and new.of == thing.of
                         and self._new[new] == self._old[thing]]  # fmt: skip
                hint = (
                    f" If it is {' or '.join(other)} by another name, copy the values first (UPDATE)." if other else ""
                )
                yield Step(
                    (f"ALTER TABLE {thing.of} DROP COLUMN {thing.name};",),
                    f"{thing.of}.{thing.name} is not in schema.sql any more. To drop it, with all its values:{hint}",
                )
        if self._lost_tables:
            listed = ", ".join(sorted(self._lost_tables))
            drop = f"DROP TABLE {listed};"
            yield Step((drop,), f"{listed}: not in schema.sql any more. To drop with all rows:")
        for thing in self._things(self._gone, "function", "procedure"):
            yield Step((f"DROP {thing.kind.upper()} {thing.name};",))
        owned = {f"{column.of}.{column.name}" for column in self._gone if column.kind == "column"}
        for thing in self._things(self._gone, "sequence", "type", "range", "domain", "enum", "extension", "schema"):
            if thing.kind == "sequence" and self._old[thing].partition(" OWNED BY ")[2] in owned:
                continue
            kind = "TYPE" if thing.kind in ("enum", "range") else thing.kind.upper()
            yield Step((f"DROP {kind} {thing.name};",), f"{thing} is not in schema.sql any more. To drop it:")

    def _make_views(self) -> Iterator[Step]:
        for view in self._ordered_views(self._new, self._reads[1]):
            query, _, options = self._new[view].rpartition(";")
            query = query.removeprefix("materialized view ")
            given = f" WITH ({options.strip().removeprefix('WITH {').removesuffix('}')})" if options.strip() else ""
            yield Step((f"CREATE {view.kind.upper()} {view.name}{given} AS\n{query.strip()};",))
            for thing in self._new:
                if thing.kind == "index" and thing.of == view.name:
                    yield Step((f"{self._new[thing]};",))

    def _triggers(self) -> Iterator[Step]:
        for thing in self._things(set(self._new), "trigger"):
            of_view = thing.of in self._views and Thing("table", thing.of) not in self._new
            if of_view or thing in self._different:
                yield Step((f"{self._new[thing]};",))

    def _comments(self) -> Iterator[Step]:
        again = tuple(f" {place}{view}" for view in self._views for place in ("public.", ""))
        for thing in self._things(set(self._new), "comment"):
            named = f" {thing.name.split(' ', 1)[1]}"
            if thing in self._different or any(named == each or named.startswith(f"{each}.") for each in again):
                yield Step((f"COMMENT ON {thing.name} IS {literal(self._new[thing])};",))


def _make_table(thing: Thing, new: Description) -> Step:
    definition = new[thing]
    if "INHERITS" in definition or "UNLOGGED" in definition or "ROW LEVEL" in definition:
        return Step((), f"{thing} {_BY_HAND}.")
    if "PARTITION OF" in definition:
        return Step((f"CREATE TABLE {thing.name} {definition.removeprefix('table ')};",))
    columns = [f"    {each.name} {new[each]}" for each in new if each.kind == "column" and each.of == thing.name]
    tail = definition.removeprefix("table")
    return Step((f"CREATE TABLE {thing.name} (\n{chr(10).join(f'{each},' for each in columns)[:-1]}\n){tail};",))


def _enum_values(thing: Thing, old: str, new: str) -> Step:
    was, will = old.split(", "), new.split(", ")
    if [value for value in will if value in was] != was:
        return Step((), f"{thing} loses or moves values: it {_BY_HAND}.")
    places = [(f" AFTER {before}", value) for before, value in pairwise(will)]
    steps = [(f" BEFORE {was[0]}", will[0]), *places]
    return Step(
        tuple(f"ALTER TYPE {thing.name} ADD VALUE {value}{place};" for place, value in steps if value not in was)
    )


def _of_constraint(index: Thing, side: Description) -> bool:
    return Thing("constraint", index.name.rpartition(".")[2], index.of) in side


def _lines(step: Step) -> Iterator[str]:
    if step.choice is None:
        yield from step.statements
    else:
        yield f"-- {step.choice}"
        yield from (f"{CHOICE}{line}" for statement in step.statements for line in statement.splitlines())
