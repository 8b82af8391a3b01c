"""Writing into a variable where its name was given another one."""

from __future__ import annotations

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.edits import apply, assign_instead, copy_instead
from whygrad.source.module import SourceModule

_TORCH = "import torch\nfrom torch import nn\n"
_TF = "import tensorflow as tf\n\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m.w = nn.Parameter(m.w * 0.9)", "with torch.no_grad():\n    m.w.copy_(m.w * 0.9)"),
        (
            "m.w = nn.Parameter(data=m.w.data.abs(), requires_grad=True)  # keep it",
            "with torch.no_grad():\n    m.w.copy_(m.w.data.abs())  # keep it",
        ),
        ("m.w = nn.Parameter(torch.randn(3))", None),  # of another shape, perhaps
        ("m.w = nn.Parameter(m.w2)", None),
        ("w = nn.Parameter(w * 0.9)", None),
        ("m.w = nn.Parameter(m.w * 0.9); f()", None),
        ("m.w = m.w * 0.9", None),
    ],
)
def test_of_pytorch(line: str, expected: str | None) -> None:
    module = SourceModule("a.py", f"{_TORCH}{line}\n")
    edits = copy_instead(module, SourceLocation("a.py", 3))
    assert (apply(module.text, edits) if edits else None) == (expected and f"{_TORCH}{expected}\n")


def test_blanks_and_the_import_are_those_of_the_file() -> None:
    text = "from torch.nn import Parameter\n\nclass A:\n\tdef f(self):\n\t\tself.w = Parameter(self.w.abs())\n"
    module = SourceModule("a.py", text)
    edits = copy_instead(module, SourceLocation("a.py", 5))
    assert edits is not None
    after = apply(text, edits)
    assert "import torch\n" in after
    assert "\t\twith torch.no_grad():\n\t\t\tself.w.copy_(self.w.abs())\n" in after


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m.w = m.w * 0.9", "m.w.assign(m.w * 0.9)"),
        ("m.w *= a + b", "m.w.assign(m.w * (a + b))"),
        ("m.w = tf.Variable(m.w * 0.9)", None),
        ("w = w * 0.9", None),
    ],
)
def test_of_tensorflow(line: str, expected: str | None) -> None:
    module = SourceModule("a.py", f"{_TF}{line}\n")
    edits = assign_instead(module, SourceLocation("a.py", 3))
    assert (apply(module.text, edits) if edits else None) == (expected and f"{_TF}{expected}\n")
