"""What names of Keras stand for: its layers, which of them have weights, and whose Keras it is."""

from __future__ import annotations

import re
from typing import Final

_PLACE: Final = re.compile(
    r"(?P<package>tf_keras|tensorflow\.python\.keras|tensorflow\.keras|keras)\.(?:src\.)?(?P<rest>.+)"
)
_BARE: Final = {"Model", "Sequential", "Functional", "Layer"}
_OTHER_FOLDERS: Final = {
    "metrics", "losses", "optimizers", "callbacks", "initializers", "regularizers", "constraints",
    "utils",
}  # fmt: skip
"""Folders whose classes are no layers."""
_NO_LAYERS: Final = {"Input", "InputSpec"}
_WEIGHTED: Final = {
    "Dense", "EinsumDense", "Embedding", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose",
    "Conv2DTranspose", "Conv3DTranspose", "Convolution1D", "Convolution2D", "SeparableConv1D",
    "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D", "LSTM", "GRU", "SimpleRNN", "LSTMCell",
    "GRUCell", "SimpleRNNCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "MultiHeadAttention",
    "GroupQueryAttention", "PReLU", "LocallyConnected1D", "LocallyConnected2D",
}  # fmt: skip
"""Layers that always have something to learn."""
_SOMETIMES: Final = {
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
    "RMSNormalization", "RNN", "Bidirectional", "TimeDistributed", "Wrapper", "Attention",
    "AdditiveAttention", "SpectralNormalization", "Lambda", "TFSMLayer", "TorchModuleWrapper",
    "FlaxLayer", "JaxLayer", "StackedRNNCells", "Layer", "Model", "Sequential", "Functional",
    "Normalization", "SyncBatchNormalization",
}  # fmt: skip


def keras_name(name: str) -> str | None:
    """The short name of Keras' own classes: `keras.Layer`, or `tf_keras.Layer` of Keras 2."""
    match = _PLACE.fullmatch(name)
    if match is None or name.rpartition(".")[2] not in _BARE:
        return None
    return f"{_package(match['package'])}.{name.rpartition('.')[2]}"


def layer_of(name: str) -> tuple[str, str] | bool:
    """The package (`keras` or `tf_keras`) and the name of a layer; False where it is certainly
    none, True where it may be anything.
    """
    match = _PLACE.fullmatch(name)
    if match is None:
        return True
    folder, last = match["rest"].partition(".")[0], name.rpartition(".")[2]
    if not last[:1].isupper() or last in _NO_LAYERS:
        return True
    if folder in _OTHER_FOLDERS:
        return False
    if folder == "layers" or match["rest"] in _BARE:
        return _package(match["package"]), last
    return True


def is_loss(name: str) -> bool:
    """Whether a name is a loss of Keras, of either version."""
    match = _PLACE.fullmatch(name)
    last = name.rpartition(".")[2]
    return match is not None and match["rest"].startswith("losses.") and last[:1].isupper()


def has_weights(name: str) -> bool | None:
    """Whether a layer of Keras has weights; None where it depends, or is none."""
    found = layer_of(name)
    if isinstance(found, bool):
        return None
    last = found[1]
    if last in _WEIGHTED:
        return True
    return None if last in _SOMETIMES else False


def _package(name: str) -> str:
    return "tf_keras" if name in ("tf_keras", "tensorflow.python.keras") else "keras"
