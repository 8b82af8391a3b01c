"""What names of the frameworks stand for: a table, so that none of their sources need be read."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from whygrad.source.classes import jax_layers, keras_layers


class Base(Enum):
    """The classes that make something a model, by framework."""

    TORCH = "torch.nn.Module"
    KERAS = "keras.layers.Layer"
    """Of Keras 3, or of a Keras that only the project's dependencies tell."""
    KERAS_2 = "tf_keras.layers.Layer"
    KERAS_LOSS = "keras.losses.Loss"
    """No model, and no part of one."""
    TENSORFLOW = "tf.Module"
    LINEN = "flax.linen.Module"
    NNX = "flax.nnx.Module"
    EQUINOX = "equinox.Module"
    HAIKU = "haiku.Module"


_WEIGHTED: Final = {
    "Linear", "LazyLinear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d",
    "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d", "LazyConv3d",
    "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d", "Embedding",
    "EmbeddingBag", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell",
    "MultiheadAttention", "Transformer", "TransformerEncoder", "TransformerDecoder",
    "TransformerEncoderLayer", "TransformerDecoderLayer", "PReLU",
}  # fmt: skip
"""Layers of `torch.nn` that always have something to learn."""

_SOMETIMES: Final = {
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "LayerNorm", "GroupNorm",
    "RMSNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyBatchNorm1d",
    "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "AdaptiveLogSoftmaxWithLoss",
}  # fmt: skip
"""Those that can be told not to: `affine=False`."""

CONTAINERS: Final = {"ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Sequential"}
_NO_MODULES: Final = {
    "Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer", "DataParallel",
}  # fmt: skip

_NEVER_MODELS: Final = {
        "builtins.object", "builtins.dict", "builtins.list", "builtins.tuple", "builtins.Exception",
        "builtins.set", "builtins.str", "builtins.int", "builtins.float", "builtins.type",
        "abc.ABC", "abc.ABCMeta", "typing.Generic", "typing.Protocol", "typing.NamedTuple",
        "typing.TypedDict", "typing_extensions.Protocol", "enum.Enum", "enum.IntEnum",
        "collections.OrderedDict", "collections.UserDict", "collections.abc.Mapping",
        "torch.autograd.Function", "torch.utils.data.Dataset", "torch.utils.data.IterableDataset",
        "torch.utils.data.Sampler", "torch.optim.Optimizer", "torch.Tensor",
        "torch.optim.lr_scheduler.LRScheduler", "lightning.LightningDataModule",
        "lightning.Callback", "keras.callbacks.Callback", "keras.utils.Sequence",
}  # fmt: skip

_MODELS: Final = {
    "torch.nn.Module": Base.TORCH,
    "torch.jit.ScriptModule": Base.TORCH,
    "lightning.LightningModule": Base.TORCH,
    "transformers.PreTrainedModel": Base.TORCH,
    "diffusers.ModelMixin": Base.TORCH,
    "torch_geometric.nn.MessagePassing": Base.TORCH,
    "pyro.nn.PyroModule": Base.TORCH,
    "gpytorch.Module": Base.TORCH,
    "gpytorch.models.ExactGP": Base.TORCH,
    "keras.Model": Base.KERAS,
    "keras.Sequential": Base.KERAS,
    "keras.Functional": Base.KERAS,
    "keras.Layer": Base.KERAS,
    "tf_keras.Model": Base.KERAS_2,
    "tf_keras.Sequential": Base.KERAS_2,
    "tf_keras.Functional": Base.KERAS_2,
    "tf_keras.Layer": Base.KERAS_2,
    "tensorflow.Module": Base.TENSORFLOW,
    "sonnet.Module": Base.TENSORFLOW,
    "flax.linen.Module": Base.LINEN,
    "flax.nnx.Module": Base.NNX,
    "equinox.Module": Base.EQUINOX,
    "haiku.Module": Base.HAIKU,
}

_OF_TRANSFORMERS: Final = re.compile(
    r"transformers\.(?:models\.[a-z]\w*\.(?:modeling_\w+\.)?)?(?!TF|Flax)[A-Z]\w*"
    r"(?:PreTrainedModel|Model|For[A-Z]\w*)$"
)
"""Its package gives them out lazily, so that reading it does not show what they are."""
_LIGHTNING: Final = ("lightning.", "pytorch_lightning.")


def canonical(name: str) -> str:
    """One name for what a framework offers under several: its public, short one."""
    package, _, last = name.rpartition(".")
    if f"{package}.".startswith(("torch.nn.modules.", "torch.nn.parameter.")):
        return f"torch.nn.{last}"
    if name.startswith(_LIGHTNING):
        return f"lightning.{last}"
    keras = keras_layers.keras_name(name)
    if keras is not None:
        return keras
    if name.startswith(("flax.linen.", "flax.nnx.", "equinox.", "haiku.")) and last == "Module":
        return ".".join(name.split(".")[: 2 if name.startswith("flax.") else 1]) + ".Module"
    return _PLACES.get(name, name)


_PLACES: Final = {
    "transformers.modeling_utils.PreTrainedModel": "transformers.PreTrainedModel",
    "diffusers.models.modeling_utils.ModelMixin": "diffusers.ModelMixin",
    "diffusers.models.ModelMixin": "diffusers.ModelMixin",
    "torch._tensor.Tensor": "torch.Tensor",
    "torch.jit._script.ScriptModule": "torch.jit.ScriptModule",
    "torch.autograd.function.Function": "torch.autograd.Function",
    "torch.utils.data.dataset.Dataset": "torch.utils.data.Dataset",
    "torch.utils.data.dataset.IterableDataset": "torch.utils.data.IterableDataset",
    "torch.optim.optimizer.Optimizer": "torch.optim.Optimizer",
    "tensorflow.python.module.module.Module": "tensorflow.Module",
    "torch_geometric.nn.conv.MessagePassing": "torch_geometric.nn.MessagePassing",
    "typing_extensions.Generic": "typing.Generic",
}


def is_layer(name: str) -> bool:
    """Whether a canonical name is a module class of `torch.nn`."""
    package, _, last = name.rpartition(".")
    return package == "torch.nn" and last[:1].isupper() and last not in _NO_MODULES


def base_of(name: str) -> Base | bool | None:
    """The base that a canonical name is, or inherits; False: none; None: not known here."""
    if name in _MODELS:
        return _MODELS[name]
    if is_layer(name) or _OF_TRANSFORMERS.match(name):
        return Base.TORCH
    if name in _NEVER_MODELS or name.startswith("builtins."):
        return False
    layer = keras_layers.layer_of(name)
    if isinstance(layer, tuple):
        return Base.KERAS_2 if layer[0] == "tf_keras" else Base.KERAS
    library = jax_layers.library_of(name)
    if library is not None:
        return Base.NNX if library == "nnx" else Base.EQUINOX
    return None if layer else False


def has_weights(name: str) -> bool | None:
    """Whether an object of a layer of a framework has parameters; None where it depends."""
    last = name.rpartition(".")[2]
    if not is_layer(name):
        found = keras_layers.has_weights(name)
        return jax_layers.has_weights(name) if found is None else found
    if last in _WEIGHTED:
        return True
    return None if last in _SOMETIMES | CONTAINERS | {"Module"} else False


_MAKERS: Final = {
    "randn", "rand", "zeros", "ones", "empty", "full", "eye", "linspace", "normal",
    "randn_like", "rand_like", "zeros_like", "ones_like", "empty_like", "full_like", "tensor",
    "Tensor", "FloatTensor", "as_tensor", "from_numpy", "arange", "stack", "cat", "randint",
    "logspace", "randperm",
}  # fmt: skip
TENSOR_MAKERS: Final = frozenset(f"torch.{name}" for name in _MAKERS)
"""Functions of `torch` whose result is a new tensor."""
VARIABLES: Final = {
    "tensorflow.Variable", "keras.Variable", "tensorflow.keras.Variable", "flax.nnx.Param",
}  # fmt: skip
"""What the other frameworks call a variable."""

INTEGERS: Final = {"torch.randint", "torch.randperm"}

PARAMETERS: Final = {"torch.nn.Parameter", "torch.nn.UninitializedParameter"}
BUFFERS: Final = {"torch.nn.Buffer", "torch.nn.UninitializedBuffer"}


def is_known(name: str) -> bool:
    """Whether the tables say what a canonical name is, so that its source need not be read."""
    if name in PARAMETERS or name in BUFFERS or name in TENSOR_MAKERS or name in VARIABLES:
        return True
    return base_of(name) is not None
