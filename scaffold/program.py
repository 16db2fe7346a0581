"""The line of a new domain in the program, written where a person would write it."""

import ast
import io
import tokenize

from client.errors import CommandError


def line_for(name: str) -> str:
    """The line as the project's own program has it."""
    return f'Domain("{name}", surroundings, on_aws),'


def has_domain(text: str, name: str) -> bool | None:
    """Whether the program has a domain of that name; None where it cannot be read."""
    try:
        return any(_is_domain(node) and _name(node) == name for node in ast.walk(ast.parse(text)))
    except SyntaxError:
        return None


def with_domain(text: str, name: str) -> str:
    """The program's text with the domain `name` as the last of the list `domains = […]`.

    Raises CommandError where the domain is in it, or the list is written in another way, with the line to add by hand.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CommandError(f"__main__.py, line {error.lineno}: {error.msg}. Mend that first.") from None
    values = [
        node.value for node in tree.body if _target(node) == "domains" and isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    lists = [value for value in values if isinstance(value, ast.List)]
    if has_domain(text, name):
        raise CommandError(
            f'__main__.py has Domain("{name}", …) already, and nothing was written. If that line is meant for what you '
            "are making, type the same with PROGRAM=0, which leaves __main__.py alone; otherwise choose another name."
        )
    if len(values) != 1 or len(lists) != 1:
        raise _by_hand(name, "says other than once `domains = […]`")
    calls = lists[0].elts
    if not all(_is_domain(each) and _name(each) for each in calls):
        raise _by_hand(name, 'has more in `domains = […]` than Domain("name", …)')
    others = {_rest(each) for each in calls if isinstance(each, ast.Call)}
    if len(others) > 1:
        raise _by_hand(name, "gives its domains different arguments")
    rest = others.pop() if others else ", surroundings, on_aws"
    changed = _inserted(text, lists[0], f'Domain("{name}"{rest})')
    expected = ast.List([*calls, ast.parse(f'Domain("{name}"{rest})', mode="eval").body], ast.Load())
    lists[0].elts = expected.elts
    if ast.dump(ast.parse(changed)) != ast.dump(tree):
        raise _by_hand(name, "is written in a way that this command does not know")
    return changed


def _by_hand(name: str, problem: str) -> CommandError:
    return CommandError(
        f"__main__.py {problem}, so it is not changed, and nothing was written. Write the line yourself:\n"
        f"    {line_for(name)}\nthen type the same with PROGRAM=0."
    )


def _target(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign):
        return ", ".join(map(ast.unparse, node.targets))
    return ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else ""


def _is_domain(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Domain"


def _name(node: ast.AST) -> str:
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return str(first.value) if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _rest(call: ast.Call) -> str:
    """What stands behind the name."""
    more = [*map(ast.unparse, call.args[1:]), *(ast.unparse(each) for each in call.keywords)]
    return "".join(f", {each}" for each in more)


def _inserted(text: str, where: ast.List, call: str) -> str:
    lines = text.splitlines(keepends=True)
    row, column = (
        (where.end_lineno or 1) - 1,
        _characters(lines[(where.end_lineno or 1) - 1], (where.end_col_offset or 1) - 1),
    )
    before = "".join(lines[:row]) + lines[row][:column]
    after = lines[row][column:] + "".join(lines[row + 1 :])
    comma = "" if not where.elts or _ends_with_comma(text, where) else ","
    if lines[row][:column].strip():  # the bracket closes on the line of the last domain
        return f"{before}{', ' if comma else ' ' if where.elts else ''}{call}{after}"
    last = where.elts[-1] if where.elts else None
    if last is not None and comma:
        at = sum(map(len, lines[: (last.end_lineno or 1) - 1]))
        at += _characters(lines[(last.end_lineno or 1) - 1], last.end_col_offset or 0)
        before = f"{before[:at]},{before[at:]}"
    start = lines[last.lineno - 1] if last else ""
    indent = start[: len(start) - len(start.lstrip())] if last and not start.strip().startswith("domains") else "    "
    ending = "\r\n" if lines[row].endswith("\r\n") else "\n"
    kept = before[: len(before) - column] if column else before
    return f"{kept}{indent}{call},{ending}{lines[row][:column]}{after}"


def _characters(line: str, offset: int) -> int:
    """A place in a line that `ast` counts in bytes."""
    return len(line.encode()[:offset].decode())


def _ends_with_comma(text: str, where: ast.List) -> bool:
    last = where.elts[-1]
    closing = (where.end_lineno or 1, where.end_col_offset or 1)
    ignored = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row = token.start[0]
        line = token.line.splitlines()[0] if token.line else ""
        at = (row, len(line[: token.start[1]].encode()))
        if at >= (last.end_lineno or 1, last.end_col_offset or 0) and at < closing and token.type not in ignored:
            return token.string == ","
    return False
