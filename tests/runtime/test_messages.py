"""What the framework says is heard, and reaches the person as it would have."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from whygrad.runtime.callsite import Callsites
from whygrad.runtime.messages import Warned, exception_row, raised


@pytest.fixture
def callsites():
    return Callsites()


def test_a_warning_is_heard_with_its_place_and_still_shown(callsites, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # pytest shows warnings its own way; Python's is what a script has.
        warnings.showwarning = warnings._showwarning_orig
        warnings._showwarnmsg_impl = _plainly
        with Warned(callsites) as warned:
            warnings.warn("None of the inputs have requires_grad=True")  # here
    (message,) = warned.messages
    assert message.text == "None of the inputs have requires_grad=True" and not message.raised
    assert message.place.path.endswith("test_messages.py")
    assert "# here" in Path(__file__).read_text().splitlines()[message.place.line - 1]
    assert capsys.readouterr().err.count("None of the inputs") == 1


def _plainly(message):
    import sys

    print(message.message, file=sys.stderr)


def test_it_is_heard_whoever_else_listens(callsites):
    with Warned(callsites) as warned:
        with warnings.catch_warnings(record=True) as recorded:
            warnings.simplefilter("always")
            warnings.warn("into a list")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("into a log")
            logging.captureWarnings(False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("nowhere")
    assert [str(w.message) for w in recorded] == ["into a list"]
    assert [m.text for m in warned.messages] == ["into a list", "into a log"]


def test_it_lets_go(callsites):
    before = warnings._showwarnmsg
    shown = warnings.showwarning
    with Warned(callsites):
        assert warnings.showwarning is shown
    assert warnings._showwarnmsg is before


def test_the_same_again_is_kept_once(callsites):
    with Warned(callsites) as warned, warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        for number in range(1000):
            warnings.warn(f"step {number % 3}")
        for number in range(1000):
            warnings.warn(f"new each time {number}")
    assert len(warned.messages) == 100


def test_a_warning_made_an_error_is_raised(callsites):
    with Warned(callsites), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="stop"):
            warnings.warn("stop")


def test_an_exception_and_what_it_was_raised_from(callsites):
    def trainer():
        try:
            raise RuntimeError("element 0 of tensors does not require grad")
        except RuntimeError as error:
            raise ValueError("training failed") from error

    with pytest.raises(ValueError) as caught:
        trainer()
    found = raised(caught.value, callsites)
    assert [m.text for m in found] == [
        "training failed",
        "element 0 of tensors does not require grad",
    ]
    assert all(m.raised and m.place.function.endswith("trainer") for m in found)
    assert found[1].place.source.startswith("raise RuntimeError(")
    row = exception_row(caught.value, callsites)
    assert (row.type, row.message) == ("ValueError", "training failed")


def test_the_place_is_the_persons_line_though_a_library_raised(callsites):
    import json

    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    place = exception_row(caught.value, callsites).location
    assert place.source == 'json.loads("{")'
    assert place.library.path.endswith("json/decoder.py")


def test_an_exception_that_cannot_be_printed(callsites):
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    try:
        raise Odd
    except Odd as error:
        assert exception_row(error, callsites).message == "(its text cannot be printed)"


def test_a_ring_of_causes_ends(callsites):
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert [m.text for m in raised(first, callsites)] == ["a", "b"]


def test_nothing_raised_is_nothing_said(callsites):
    assert raised(None, callsites) == ()
