"""Texts that are no YAML, or no end of it: one message each, in moments."""

import pytest

from mesh.contracts.document import DocumentError, read
from mesh.contracts.read import ContractError, parse
from tests.sample import SALES

BILLION = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2024-13-45", 2, "'2024-13-45' is no timestamp: mend it, or put it in quotes"),
        ("a: !!timestamp soon", 1, "'soon' is no timestamp"),
        ("a: !!bool perhaps", 1, "'perhaps' is no bool"),
        ("a: " + "9" * 5_000, 1, "9' is no int"),
        ("a: &a\n  - *a", 2, "the alias *a is within what it stands for"),
        ("&a\n? *a\n: b", 2, "the alias *a is within what it stands for"),
        (BILLION, 5, "has more than 100,000 values, those of aliases included"),
        ("- a\n" * 100_001, 100_000, "has more than 100,000 values"),
        ("[" * 100_000, 1, "is more than 40 levels deep"),
        ("".join(" " * depth + "-\n" for depth in range(500)), 41, "is more than 40 levels deep"),
        ("a: " + "x" * 1_000_000, None, "has 1,000,003 characters; a contract has 1,000,000 at most"),
        ("a:\n\tb: 1", 2, "not YAML: found character that cannot start any token"),
        ("a: 1\n---\nb: 2", 2, "not YAML: but found another document"),
        ("a: \0", None, "not YAML: "),
        ("? [a]\n: b", 1, "not YAML: found unhashable key"),
        ("a: !!python/object/apply:os.system [ls]", 1, "not YAML: could not determine a constructor"),
    ],
)
def test_a_text_that_cannot_be_data_gives_one_message_with_its_line(text: str, line: int | None, said: str):
    with pytest.raises(DocumentError) as refused:
        read(text)
    assert said in str(refused.value)
    assert refused.value.line == line
    with pytest.raises(ContractError) as told:
        parse(text, "sales", [SALES], "contract.yaml")
    assert str(told.value).startswith(f"contract.yaml, line {line}: " if line else "contract.yaml: ")
    assert len(str(told.value).splitlines()) == 1


def test_aliases_and_merged_mappings_are_read_with_their_lines():
    data, lines, twice = read("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\nc: *a\n")
    assert data == {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}, "c": {"x": 1, "y": 2}}
    assert (lines["b", "x"], lines["b", "y"], lines["c",]) == (4, 1, 5)
    assert not twice, "a field of its own may differ from the merged one"
    assert read("a: 1\na: 2\n")[2] == [("a",)]
