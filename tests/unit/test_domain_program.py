"""`make domain` writes its line into the program where a person would, or says which line to write."""

import pytest

from client.errors import CommandError
from scaffold.program import with_domain
from tests.sample import program

LINE = 'Domain("finance", surroundings, on_aws)'


def test_the_projects_own_program_gets_one_line_behind_the_last_domain():
    before = program()
    after = with_domain(before, "finance")
    assert after.replace(f"    {LINE},\n", "") == before
    assert after.index('"marketing"') < after.index('"finance"') < after.index("refuse_unused(")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('domains = [Domain("a", s, o)]\n', 'domains = [Domain("a", s, o), Domain("finance", s, o)]\n'),
        ('domains = [Domain("a", s, o),]\n', 'domains = [Domain("a", s, o), Domain("finance", s, o)]\n'),
        ("domains = []\n", f"domains = [{LINE}]\n"),
        ("domains = [\n]\n", f"domains = [\n    {LINE},\n]\n"),
        (
            'domains: list = [\n  Domain("a", o=1)\n]\n',
            'domains: list = [\n  Domain("a", o=1),\n  Domain("finance", o=1),\n]\n',
        ),
        (
            'domains = [\n    Domain("é", s),  # "é", ]\n    # end\n]  # all\nx = 1\n',
            'domains = [\n    Domain("é", s),  # "é", ]\n    # end\n    Domain("finance", s),\n]  # all\nx = 1\n',
        ),
        (
            'domains = [\n    Domain("a", s)  # no comma\n]\n',
            'domains = [\n    Domain("a", s),  # no comma\n    Domain("finance", s),\n]\n',
        ),
        (
            'domains = [\r\n    Domain("a", s),\r\n]\r\n',
            'domains = [\r\n    Domain("a", s),\r\n    Domain("finance", s),\r\n]\r\n',
        ),
        (
            'domains = [\n    Domain(\n        "a",\n        s,\n    ),\n]\n',
            'domains = [\n    Domain(\n        "a",\n        s,\n    ),\n    Domain("finance", s),\n]\n',
        ),
    ],
)
def test_the_line_is_written_as_the_others_are(before: str, after: str):
    assert with_domain(before, "finance") == after


@pytest.mark.parametrize(
    "text",
    [
        'domains = [Domain(name, s, o) for name in ("a", "b")]\n',
        'domains = [Domain("a", s), *more]\n',
        'domains = [Domain("a", s), Domain("b", t)]\n',
        'domains = [Domain("a", s)]\ndomains = [Domain("b", s)]\n',
        'if True:\n    domains = [Domain("a", s)]\n',
        'domains = (Domain("a", s),)\n',
        "",
    ],
)
def test_a_program_of_another_shape_is_left_alone_and_the_line_is_said(text: str):
    with pytest.raises(CommandError, match=r'Domain\("finance", surroundings, on_aws\),[\s\S]*PROGRAM=0'):
        with_domain(text, "finance")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('domains = [Domain("finance", s)]\n', "already"),
        ('domains = []\nextra = Domain("finance", s)\n', "already"),
        ("domains = [\n", "line 1"),
    ],
)
def test_a_line_that_is_there_and_a_program_that_does_not_run_are_refused(text: str, said: str):
    with pytest.raises(CommandError, match=said):
        with_domain(text, "finance")
