"""Signs that the bare text of a file shows: quick, and never too much work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

TRAINS: Final = "trains"
"""It differentiates something, or builds an optimizer."""
CUTS: Final = "cuts"
"""A model's method seems to cut the gradient of something that is its own."""
FLAGS: Final = "flags"
"""A flag is written that PyTorch does not know."""
_TRAINS: Final = (
    ".backward(", "torch.optim", "import optim", "configure_optimizers", "optimizer.step(",
)  # fmt: skip
_CUTS: Final = (
    ".detach()", ".detach_()", ".item()", ".tolist()", ".numpy()", ".data ", ".data)", ".data\n",
    "float(self.", "torch.tensor(self.", "Parameter(self.", "Variable(self.",
)  # fmt: skip
_METHODS: Final = ("def forward(", "def training_step(")
_MISSPELLED: Final = (
    ".require_grad ", ".require_grads ", ".requires_grads ", ".required_grad ",
    ".requires_gradient ", ".require_gradient ", ".requiresgrad ", ".require_grad=",
    ".requires_grads=",
)  # fmt: skip


def signs_in(text: str) -> frozenset[str]:
    """The signs that a text shows."""
    found = []
    if any(_stands_in(text, word) for word in _TRAINS):
        found.append(TRAINS)
    if "nn." in text and any(word in text for word in _METHODS) and cuts_own(text):
        found.append(CUTS)
    if "grad" in text and any(word in text for word in _MISSPELLED):
        found.append(FLAGS)
    return frozenset(found)


def _stands_in(text: str, word: str) -> bool:
    """Whether a word stands in code: an example in a docstring, `>>> loss.backward()`, is none."""
    place = text.find(word)
    while place >= 0:
        line = text[text.rfind("\n", 0, place) + 1 : place].lstrip()
        if not line.startswith((">>>", "... ", "#")):
            return True
        place = text.find(word, place + 1)
    return False


def cuts_own(text: str) -> bool:
    """Whether a cut stands on a line with something of the object, or gives a name its own value
    without its gradient.
    """
    return any(
        "self." in line.replace("self.config.", "") or _itself(line) for line in _cut_lines(text)
    )


def _cut_lines(text: str) -> Iterator[str]:
    """The beginnings of the lines in which such a word stands, up to it."""
    for word in _CUTS:
        place = text.find(word)
        while place >= 0:
            yield text[text.rfind("\n", 0, place) + 1 : place + len(word)]
            place = text.find(word, place + 1)


def _itself(line: str) -> bool:
    """`z = z.detach()`, `z.detach_()`."""
    name, _, value = line.partition(" = ")
    return line.endswith(".detach_()") or value.startswith(f"{name.strip()}.detach()")
