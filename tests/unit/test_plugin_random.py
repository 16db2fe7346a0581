"""What the stand-in plugin `random` makes, and when it makes it anew."""

import base64
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.providers import random, values
from local.providers.package import RefusedError, Resource

CLASSES = {"upper": "[A-Z]", "lower": "[a-z]", "numeric": r"\d", "special": r"[^A-Za-z\d]"}


@given(st.integers(1, 60), st.sets(st.sampled_from(list(CLASSES)), max_size=3))
def test_random_texts_have_their_length_and_no_character_of_a_class_that_is_off(length: int, off: set[str]) -> None:
    drawn = random.characters({"length": length, **dict.fromkeys(off, False)})
    assert len(drawn) == length
    assert not [name for name in off if re.search(CLASSES[name], drawn)]


@pytest.mark.parametrize("inputs", [{"length": 0}, {"length": 3, **dict.fromkeys(CLASSES, False)}])
def test_random_texts_that_cannot_be_are_refused(inputs: values.Properties) -> None:
    with pytest.raises(RefusedError, match="length of at least 1 and a class"):
        random.characters(inputs)


def test_a_random_id_is_its_bytes_in_two_spellings() -> None:
    urn = "urn:pulumi:local::p::random:index/randomId:RandomId::x"
    made = random.Random().create(Resource(urn, inputs={"byteLength": 5}))
    assert base64.urlsafe_b64decode(made.id + "=").hex() == made.outputs["hex"]


def test_saying_a_default_aloud_does_not_replace_a_password() -> None:
    made = Resource("urn:pulumi:local::p::random:index/randomPassword:RandomPassword::x", {"length": 4})
    made = replace(made, outputs=random.Random().create(made).outputs)
    assert random.Random().changed(made, {"length": 4, "special": True}) == {}
    assert random.Random().changed(made, {"length": 4, "special": False}) == {"special": "ADD"}
    assert random.Random().changed(made, {"length": 5}) == {"length": "UPDATE"}
