"""Dropping `.item()` only where nothing in between needs a number."""

from __future__ import annotations

import textwrap

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.edits import apply, drop_array, drop_exit
from whygrad.source.module import SourceModule


def place(text: str, snippet: str) -> SourceLocation:
    start = text.index(snippet)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return SourceLocation("a.py", line, column, line, column + len(snippet), source=snippet)


def kept(text: str, left: str, back: str) -> str | None:
    text = textwrap.dedent(text)
    made = drop_exit(SourceModule("a.py", text), place(text, left), place(text, back))
    return apply(text, made) if made is not None else None


@pytest.mark.parametrize(
    ("text", "back", "expected"),
    [
        ("loss = a + 0.1 * x.item()", "a + 0.1 * x.item()", "loss = a + 0.1 * x"),
        ("loss = a + 0.1 * float(x)", "a + 0.1 * float(x)", "loss = a + 0.1 * x"),
        ("loss += x.item()", "loss += x.item()", "loss += x"),
        ("loss = torch.tensor(x.item()) * a", "torch.tensor(x.item())", "loss = x * a"),
        ("loss = a * np.sqrt(x.item())", "a * np.sqrt(x.item())", None),
        ("loss = a * round(x.item(), 3)", "a * round(x.item(), 3)", None),
        ("loss = torch.full((1,), x.item())", "torch.full((1,), x.item())", None),
        ("v = x.item()\nloss = a + v", "a + v", "v = x\nloss = a + v"),
        (
            "v = 0.5 * x.item()\nloss = a + v\nprint(v)",
            "a + v",
            "v = 0.5 * x\nloss = a + v\nprint(v)",
        ),
        (
            "v = 0.0\nfor x in xs:\n    v += x.item()\nw = v / 3\nloss = a * w\nf'{w:.2f}'",
            "a * w",
            "v = 0.0\nfor x in xs:\n    v += x\nw = v / 3\nloss = a * w\nf'{w:.2f}'",
        ),
        ("v = x.item()\nw = np.sqrt(v)\nloss = a + w", "a + w", None),
        ("v = x.item()\nw = v * 2\nlosses.append(w)\nloss = a + w", "a + w", None),
        ("v = x.item()\nloss = torch.tensor(v)", "torch.tensor(v)", None),
        ("def f():\n    v = x.item()\n    return v\nloss = a + f()", "a + f()", None),
        (
            "def f(a):\n    v = x.item()\n    return a / v",
            "a / v",
            "def f(a):\n    v = x\n    return a / v",
        ),
        ("self.v = x.item()\nloss = a + self.v", "a + self.v", None),
    ],
)
def test_only_where_arithmetic_is_all(text: str, back: str, expected: str | None) -> None:
    assert kept(text, "float(x)" if "float(x)" in text else "x.item()", back) == expected


def test_without_a_place_of_return() -> None:
    module = SourceModule("a.py", "y = x.item()\n")
    assert drop_exit(module, place(module.text, "x.item()"), None) is None
    other = SourceLocation("b.py", 1, 1, 1, 3)
    assert drop_exit(module, place(module.text, "x.item()"), other) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("loss = tf.reduce_mean(h.numpy())", "loss = tf.reduce_mean(h)"),
        ("loss = f(tf.constant(h.numpy()), y)", "loss = f(h, y)"),
        ("loss = tf.abs(2 * h.numpy() - 1)", "loss = tf.abs(2 * h - 1)"),
        ("loss = mse(y, model(x).numpy())", "loss = mse(y, model(x))"),
        ("loss = tf.constant(h.numpy(), tf.float16)", None),  # and another type
        ("v = tf.Variable(h.numpy())", None),
        ("data = tf.data.Dataset.from_tensors(h.numpy())", None),
        ("loss = np.mean(h.numpy())", None),
        ("a = h.numpy()", None),
        ("a = [h.numpy()]", None),
        ("loss = tf.add(a.numpy(), b.numpy())", None),  # which of the two?
        ("loss = tf.reduce_mean(h.numpy().T)", None),
        ("loss = h.numpy() + 1", None),
    ],
)
def test_an_array_that_goes_straight_back(line: str, expected: str | None) -> None:
    head = "import numpy as np\nimport tensorflow as tf\nfrom keras.losses import mean_squared_error as mse\n"
    module = SourceModule("a.py", head + line)
    edits = drop_array(module, SourceLocation("a.py", 4))
    assert (apply(module.text, edits).removeprefix(head) if edits else None) == expected
