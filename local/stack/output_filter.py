"""Filters what the engine prints during an update: what says nothing about the stack is left out."""

import re
from collections.abc import Iterable, Iterator

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# The plugins of this stack are on PATH on purpose. The begin of a step shows only for resources that take time,
# as they start a server.
NOISE = re.compile(
    r"warning: using pulumi-\S+ from \$PATH"
    r"|^(?!.*(?:rds:Instance|:Deployment) ).* (?:creating|updating|deleting|replacing|reading|refreshing)"
    r"(?: replacement| original)?(?: \(\d+s\))?(?: \[diff: .*\])?;? *$"
    r"| refreshing \(\d+s\)|ing \(\d+s\)(?: \[diff: .*\];)? (?:Skipping await logic|\w+ initialization complete) *$"
    r"|^ +pulumi:pulumi:Stack \S+ +(?:\d+ warnings?|running) *$"
    r"|^ +~ .* refresh \([\d.]+s\) *$"
    r"|^ {4}(?!pulumi:pulumi:Stack)[\w./-]+(?::[\w./-]+){1,2} \S+ *$"  # a refresh names what stays the same
    r"|^The resources in the stack have been deleted, but|^If you want to remove the stack completely"
)
# Counted there are the warnings of plugins on PATH too; every other one is shown below, under Diagnostics.
COUNTED = re.compile(r"(pulumi:pulumi:Stack .*?) \d+ warnings?(?=\s*$)")
_SECONDS = re.compile(r" \(\d+s\)")
DIAGNOSTICS = re.compile(r"^(?:Diagnostics:|  \S.*\):)$")


def filtered(lines: Iterable[str]) -> Iterator[str]:
    """The lines worth showing; headings of diagnostics only where something is left below them."""
    seen: set[str] = set()
    headings: list[str] = []
    blank = False
    for line in lines:
        plain = COLOURS.sub("", line).rstrip("\n")
        repeated = _SECONDS.sub("", plain)
        if NOISE.search(plain) or (plain.startswith(" ") and repeated in seen):
            continue
        if repeated != plain:  # a step under way says the same again as time goes by
            seen.add(repeated)
        if DIAGNOSTICS.match(plain):
            headings.append(line)
        elif not plain.strip():
            blank = True
        else:
            below = plain.startswith("    ")
            yield from ["\n"] if blank else []
            yield from headings if below else []
            yield COUNTED.sub(r"\1", line)
            headings, blank = [], False
