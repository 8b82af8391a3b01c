"""Keras 3 on PyTorch: its layers are modules, its optimizers are none of torch's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whygrad.backends.keras import updating
from whygrad.backends.torch.gradients import quiet
from whygrad.backends.torch.patches import Patches
from whygrad.runtime.wake import Alarm

_OPTIMIZERS = "keras.src.optimizers.base_optimizer"
"""Torch is imported in the midst of the import of Keras, and this module after it."""


def install(patches: Patches, listener: Any, rates: updating.Rates) -> None:
    """Listen to the optimizers of Keras once it is imported, or at once where it is."""

    def wake(_: str) -> None:
        try:
            rates.install(patches)
            updating.install(patches, listener, quiet)
        except Exception as error:
            listener.fault(error)

    alarm = Alarm((_OPTIMIZERS,), wake)
    alarm.__enter__()
    patches.on_undo(lambda: alarm.__exit__(None, None, None))


def groups_of(optimizer: Any) -> Sequence[Mapping[str, Any]]:
    """Torch's parameter groups, or what an optimizer of Keras holds as one group without a rate."""
    groups: Sequence[Mapping[str, Any]] | None = getattr(optimizer, "param_groups", None)
    if groups is not None:
        return groups
    variables = updating.variables_of(optimizer)
    # Not `value`, which under mixed precision gives a copy in another dtype.
    return [{"params": [v._value for v in variables]}] if variables else []
