"""Signs that the bare text of a file shows: quick, and never too little."""

from __future__ import annotations

from typing import Final

TRAINS: Final = "trains"
"""It speaks of an optimizer, or differentiates something."""
CUTS: Final = "cuts"
"""It holds a word by which gradient ends."""
_TRAINS: Final = (".backward(", "torch.optim", "configure_optimizers", "optim.")
_CUTS: Final = (
    ".detach()", ".detach_()", "no_grad", "inference_mode", ".item()", ".tolist()", ".numpy()",
    "argmax", "one_hot", ".data", "float(", "torch.tensor(", ".long()", ".round()", "multinomial",
    ".sample()", "Parameter(",
)  # fmt: skip


def signs_in(text: str) -> frozenset[str]:
    """The signs that a text shows."""
    found = [TRAINS] if any(word in text for word in _TRAINS) else []
    found += [CUTS] if any(word in text for word in _CUTS) else []
    return frozenset(found)
