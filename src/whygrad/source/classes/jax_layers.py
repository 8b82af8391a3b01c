"""Layers of Flax NNX and Equinox: which have parameters whichever way they are made."""

from __future__ import annotations

from typing import Final

_NNX: Final = {
    "Linear", "LinearGeneral", "Einsum", "Conv", "ConvTranspose", "Embed", "MultiHeadAttention",
    "LSTMCell", "GRUCell", "OptimizedLSTMCell", "SimpleCell",
}  # fmt: skip
_NNX_WITHOUT: Final = {"Dropout"}
_NNX_SOMETIMES: Final = {"BatchNorm", "LayerNorm", "GroupNorm", "RMSNorm", "InstanceNorm"}
_EQUINOX: Final = {
    "Linear", "Conv", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose", "ConvTranspose1d",
    "ConvTranspose2d", "ConvTranspose3d", "Embedding", "MLP", "MultiheadAttention", "GRUCell",
    "LSTMCell",
}  # fmt: skip


def library_of(name: str) -> str | None:
    """`nnx` or `equinox`, of the canonical name of a layer."""
    package, _, last = name.rpartition(".")
    if package == "flax.nnx" and last in _NNX | _NNX_WITHOUT | _NNX_SOMETIMES:
        return "nnx"
    return "equinox" if package == "equinox.nn" and last in _EQUINOX else None


def has_weights(name: str) -> bool | None:
    """Whether a layer has parameters; None where it depends, or is none."""
    last = name.rpartition(".")[2]
    if library_of(name) is None or last in _NNX_SOMETIMES:
        return None
    return last not in _NNX_WITHOUT
