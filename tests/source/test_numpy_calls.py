"""Where the source shows that a value is given to NumPy."""

from __future__ import annotations

from textwrap import dedent

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.module import SourceModule
from whygrad.source.numpy_calls import numpy_call


def found(text: str, made: str) -> tuple[str, int] | None:
    """The function's name in NumPy and its line, for what the call that is written `made` gives."""
    text = "import numpy as np\nfrom numpy import linalg\n" + dedent(text)
    module = SourceModule("/p/net.py", text)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if made in one)
    column = text.splitlines()[line - 1].index(made) + 1
    place = SourceLocation("/p/net.py", line, column, line, column + len(made))
    call = numpy_call(module, place)
    return None if call is None else (call[0], call[1].lineno)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("h = f(x)\ny = np.mean(h, axis=0)", ("numpy.mean", 5)),
        ("y = 2 * np.tanh(f(x))", ("numpy.tanh", 4)),
        ("h = f(x)\nprint(h)\ny = linalg.norm(x=h)\nz = np.exp(h)", ("numpy.linalg.norm", 6)),
        ("h = f(x)\nh = g(h)\ny = np.mean(h)", None),
        ("h = f(x)\ny = np.mean(x)", None),
        ("h, g = f(x)\ny = np.mean(h)", None),
        ("h = f(x)\ny = other.mean(h)", None),
    ],
)
def test_the_first_function_that_gets_it(body: str, expected: tuple[str, int] | None) -> None:
    text = "def call(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    assert found(text, "f(x)") == expected


def test_another_function_has_names_of_its_own() -> None:
    text = """\
        def call(x):
            h = f(x)
            return h
        def other(h):
            return np.mean(h)
        """
    assert found(text, "f(x)") is None
