"""What is yes or no of `make domain` is 1 or 0."""

import pytest

from commands import domain


@pytest.mark.parametrize("answer", ["rows", "program", "template"])
@pytest.mark.parametrize("value", ["no", "false", "", "2"])
def test_an_answer_that_is_neither_0_nor_1_is_refused_in_one_line(
    answer: str, value: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended:
        domain.main(["--name=finance", f"--{answer}={value}"])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"domain: {answer.upper()} (--{answer}): {value!r} is neither 0 nor 1")
