"""Commands inside messages run as they are pasted: the target is there, and takes what is typed behind it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.typed import for_stack
from tests.sample import ROOT

PARTS = [
    *("account", "catalogue", "client", "commands", "components", "examples", "guard", "k8s", "local", "mesh"),
    *("preflight", "program", "publish", "scaffold", "seed"),
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_GIVEN = r"(?: [A-Z_]+=(?:'[^']*'|[^\s`,;]+))"
# in backticks, behind `Type:` and the like, alone in a line; elsewhere only with a value behind it
_TYPED = re.compile(
    rf"(?:`|[Tt]ype:? )(?=(make{_GIVEN}* [a-z][a-z-]*{_GIVEN}*))"
    rf"|^ *(?=(make{_GIVEN}* [a-z][a-z-]*{_GIVEN}*)(?: > \S+)?$)"
    rf"|(?<= )(?=(make{_GIVEN}* [a-z][a-z-]*{_GIVEN}+))",
    re.MULTILINE,
)


def texts(path: Path) -> Iterator[str]:
    """Every text of a module but its docstrings; what is filled in stands as `{}`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def recipe(target: str) -> str | None:
    """What the Makefile does for a target; None where it has none."""
    found = re.search(rf"^{re.escape(target)}:.*\n((?:\t.*\n|if.*\n|else.*\n|endif\n)*)", MAKEFILE, re.MULTILINE)
    return found and found[1]


def problem(command: str) -> str | None:
    """Why a command of a message cannot be typed so; None where it can."""
    words = command.split()
    target = next((word for word in words[1:] if "=" not in word), "")
    does = recipe(target)
    if does is None:
        return f"there is no target {target}"
    given = re.findall(r"(?<= )[A-Z_]+(?==)", command)
    taken = does.replace("$(AS)", "ARG_USER").replace("$(RUN)", "ARG_STACK").replace("$(LOCAL)", "")
    wrong = [name for name in given if not re.search(rf"(ARG_|GIVEN_|\(){name}\b", taken)]
    return f"{target} does not take {', '.join(wrong)}" if wrong else None


def commands(text: str) -> list[str]:
    """The commands of make in a message, each once."""
    return list(dict.fromkeys("".join(each).rstrip(".:") for each in _TYPED.findall(text)))


@pytest.mark.parametrize("part", PARTS)
def test_every_command_of_make_in_a_message_can_be_typed(part: str):
    wrong = [
        f"{path.relative_to(ROOT)}: `{command}`: {why}"
        for path in sorted((ROOT / part).rglob("*.py"))
        for text in texts(path)
        for command in commands(text)
        if (why := problem(command))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", PARTS)
def test_a_message_names_the_target_and_not_the_module_behind_it(part: str):
    wrong = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in sorted((ROOT / part).rglob("*.py"))
        for text in texts(path)
        if re.search(r"python -m (seed|commands|guard|local)\b", text)
        and not re.fullmatch(r"python -m [a-z_.]+", text)
        and "[DOMAIN" not in text  # argparse's own usage of the seed, which shows all of it
        and ".venv/bin/python -m" not in text  # for what no target takes; it runs as it is pasted
    ]
    assert not wrong, "the command is `make …`, which opens the stack by itself:\n" + "\n".join(wrong)


def test_commands_are_found_in_messages_and_wrong_ones_are_noticed():
    said = "Type `make seed RESET={}`, then make it better.\nOr type: make query FORMAT=csv. Type: make fly\n  make up"
    assert commands(said) == ["make seed RESET={}", "make query FORMAT=csv", "make fly", "make up"]
    assert (
        problem("make seed RESET={}") is None and problem("make sql STACK=dev USER=ada QUERY='SHOW CATALOGS'") is None
    )
    assert problem("make fly") == "there is no target fly"
    assert problem("make status RESET=sales") == "status does not take RESET"


@pytest.mark.parametrize(
    ("said", "stack", "expected"),
    [
        ("Type `make seed RESET=sales`.", "dev", "Type `make seed STACK=dev RESET=sales`."),
        ("with\n  make migration DOMAIN=sales NAME=x", "dev", "with\n  make migration STACK=dev DOMAIN=sales NAME=x"),
        ("Type: make sql QUERY='x'", "acme/datamesh/dev", "Type: make sql STACK=acme/datamesh/dev QUERY='x'"),
        ("type `make allow-my-ip STACK=NAME`, then `pulumi up --stack NAME`", "dev",
         "type `make allow-my-ip STACK=dev`, then `pulumi up --stack dev`"),
        ("Type `make cost STACK=prod`", "dev", "Type `make cost STACK=prod`"),
        ("Local stack: type `make up`.", "dev", "Local stack: type `make up`."),
        ("Type `make seed`.", "local", "Type `make seed`."),
        ("People make query after query", "dev", "People make query after query"),
    ],
)  # fmt: skip
def test_a_message_about_another_stack_names_it_in_its_commands(said: str, stack: str, expected: str):
    assert for_stack(said, stack) == expected


def test_every_error_of_a_command_names_the_stack_that_make_was_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def failing() -> None:
        raise CommandError("there are no rows. Type `make seed`.")

    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert run("load", failing) == 1
    assert capsys.readouterr().err == "load: there are no rows. Type `make seed STACK=dev`.\n"


def test_a_wrong_answer_to_make_is_told_by_the_name_under_which_it_was_typed(capsys: pytest.CaptureFixture[str]):
    parser = Parser(prog="python -m commands.allow_my_ip")
    parser.add_argument("--dry-run", type=int)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--dry-run=x"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "allow-my-ip: DRY_RUN (--dry-run): invalid int value: 'x'. `python -m commands.allow_my_ip --help` lists "
        "everything.\n"
    )


def test_no_command_prints_the_usage_of_argparse_for_a_mistake():
    used = [
        str(path.relative_to(ROOT))
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
        if "argparse.ArgumentParser(" in path.read_text(encoding="utf-8")
    ]
    assert not used, f"{', '.join(used)}: use client.arguments.Parser, whose mistakes are one line"
