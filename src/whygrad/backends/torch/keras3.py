"""Keras 3 on PyTorch: its layers are modules, its optimizers are none of torch's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from whygrad.backends.keras import dialects, parts, updating
from whygrad.backends.torch.gradients import quiet
from whygrad.backends.torch.patches import Patches
from whygrad.flow.recording import Dialect
from whygrad.flow.variable import Home
from whygrad.model.source import SourceLocation
from whygrad.runtime.wake import Alarm

_OPTIMIZERS = "keras.src.optimizers.base_optimizer"
"""Torch is imported in the midst of the import of Keras, and this module after it."""

_FUNCTIONS = "/keras/src/backend/torch/"

_TWINS: Mapping[str, str] = {
    name: name for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax")
} | {"Nadam": "NAdam"}


def install(patches: Patches, listener: Any, rates: updating.Rates) -> None:
    """Listen to the optimizers of Keras once it is imported, or at once where it is."""

    def wake(_: str) -> None:
        if parts.backend() != "torch":
            return
        try:
            rates.install(patches)
            updating.install(patches, listener, quiet)
        except Exception as error:
            listener.fault(error)

    alarm = Alarm((_OPTIMIZERS,), wake)
    alarm.__enter__()
    patches.on_undo(lambda: alarm.__exit__(None, None, None))


def layers_of(layer: Any) -> Iterator[tuple[str, str, Any]]:
    """The modules in a layer of Keras: attribute, name (empty where it is transparent), module."""
    if type(layer).__name__ == "TorchModuleWrapper":
        # Put around an `nn.Module` that was assigned to an attribute: nobody wrote it.
        yield "module", "", layer.module
    else:
        yield from parts.own_layers(layer)


def books_of(module: Any) -> Iterator[Any]:
    """The module in which a layer of Keras repeats all of its tensors for torch."""
    book = module._modules.get("_torch_params") if parts.is_layer(module) else None
    if book is not None:
        yield book


def tensors_of(layer: Any) -> Iterator[tuple[str, str, Any, Home]]:
    """A layer's own tensors: attribute, name, tensor, home.

    Torch lists them all in one `_torch_params` at the top, those that do not train among them.
    """
    if type(layer).__name__ == "TorchModuleWrapper":
        return
    trained = {id(v) for v in layer._trainable_variables}
    for key, name, variable in parts.own_variables(layer):
        tensor = variable._value
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            home = Home.REGISTERED if id(variable) in trained else Home.BUFFER
            yield key, name, tensor, home
    for key, tensor in layer._parameters.items():
        # Torch lists an `nn.Parameter` on the layer; Keras, and so its optimizer, does not.
        if tensor is not None and not is_lazy(tensor):
            yield key, key, tensor, Home.PLAIN_ATTRIBUTE
    for key, tensor in layer._buffers.items():
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            yield key, key, tensor, Home.BUFFER


def spelled(name: str, place: SourceLocation | None) -> tuple[str, SourceLocation | None]:
    """An op that a function of `keras.ops` or a layer ran: by the function's name, and without the
    place in Keras where it stands.
    """
    library = place.library if place is not None else None
    if place is None or library is None or _FUNCTIONS not in library.path:
        return name, place
    function = (library.function or "").rpartition(".")[2]
    known = function and not function.startswith(("_", "<"))
    return function if known else name, replace(place, library=None)


def twin(optimizer: Any, tensors: Sequence[Any], rate: float | None) -> Any:
    """One of torch's own optimizers of the same name, to see what an update comes to; or None."""
    kind = getattr(torch.optim, _TWINS.get(type(optimizer).__name__, ""), None)
    return kind(tensors, lr=rate) if kind is not None and rate else None


def dialect() -> Dialect:
    """How the person writes it."""
    return dialects.keras_3(_version(), "torch")


def versions() -> dict[str, str]:
    """Of Keras, beside torch's own."""
    return {"keras": _version()}


def _version() -> str:
    return str(getattr(sys.modules.get("keras"), "__version__", "3"))


def groups_of(optimizer: Any) -> Sequence[Mapping[str, Any]]:
    """Torch's parameter groups, or what an optimizer of Keras holds as one group without a rate."""
    groups: Sequence[Mapping[str, Any]] | None = getattr(optimizer, "param_groups", None)
    if groups is not None:
        return groups
    variables = updating.variables_of(optimizer)
    # Not `value`, which under mixed precision gives a copy in another dtype.
    return [{"params": [v._value for v in variables]}] if variables else []
