"""A rounding that gradient passes: only where what is rounded may be written twice."""

from __future__ import annotations

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.edits import apply, straight_through
from whygrad.source.module import SourceModule

_HEAD = "import jax\nimport jax.numpy as jnp\nimport tensorflow as tf\nimport torch\nfrom keras import ops\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("q = torch.round(h)", "q = h + (torch.round(h) - h).detach()"),
        ("q = self.h.round()", "q = self.h + (self.h.round() - self.h).detach()"),
        ("return h.sign() * 2", "return (h + (h.sign() - h).detach()) * 2"),
        ("return torch.floor(h)", "return h + (torch.floor(h) - h).detach()"),
        ("q = tf.round(h)", "q = h + tf.stop_gradient(tf.round(h) - h)"),
        (
            "q = ops.round(z * 15) / 15",
            "q = ((z * 15) + ops.stop_gradient(ops.round(z * 15) - (z * 15))) / 15",
        ),
        ("q = f(jnp.round(h), y)", "q = f(h + jax.lax.stop_gradient(jnp.round(h) - h), y)"),
        ("q = torch.round(net(h))", None),  # that would run the net twice
        ("q = net(h).round()", None),
        ("q = torch.round(h, decimals=2)", None),
        ("q = round(h)", None),
        ("q = np.round(h)", None),
        ("q = torch.round(a) + torch.round(b)", None),  # which of the two?
        ("q = torch.argmax(h)", None),
    ],
)
def test_straight_through(line: str, expected: str | None) -> None:
    module = SourceModule("a.py", f"{_HEAD}def f():\n    {line}\n")
    edits = straight_through(module, SourceLocation("a.py", 7))
    text = apply(module.text, edits).splitlines()[6].strip() if edits else None
    assert text == expected


def test_of_two_the_one_at_the_place() -> None:
    module = SourceModule("a.py", "import torch\nq = torch.round(a) + torch.round(b)\n")
    edits = straight_through(module, SourceLocation("a.py", 2, 22, 2, 36))
    assert edits is not None
    expected = "q = torch.round(a) + (b + (torch.round(b) - b).detach())\n"
    assert apply(module.text, edits).endswith(expected)
