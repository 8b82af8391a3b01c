"""Every call of torch to a plan: what kind of call it is, decided once per function."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Final

from whygrad.backends.torch.barriers import (
    BARRIERS,
    DATA,
    DETAILS,
    FIRST_ONLY,
    LEAVES,
    MAY_BE_INPLACE,
    OVERWRITES,
    SOURCES,
    VIEWS,
)
from whygrad.backends.torch.replay.random import DRAWING
from whygrad.flow.graph import Barrier

SKIPPED: Final = frozenset(
    (
        "size", "dim", "numel", "nelement", "stride", "storage_offset", "element_size",
        "ndimension", "is_contiguous", "is_floating_point", "is_complex", "is_nonzero",
        "is_signed", "is_same_size", "is_set_to", "is_shared", "is_pinned", "is_inference",
        "is_conj", "is_neg", "is_tensor", "is_storage", "__len__", "__hash__", "__repr__",
        "__str__", "__format__", "__dir__", "__reduce__", "__reduce_ex__", "__setstate__",
        "__dlpack_device__", "__cuda_array_interface__", "data_ptr", "storage",
        "untyped_storage", "storage_type", "backward", "register_post_accumulate_grad_hook",
        "retain_grad", "get_device", "has_names", "share_memory_", "pin_memory", "equal",
        "allclose", "result_type", "can_cast", "promote_types", "is_distributed",
        "_is_view", "_is_all_true", "_is_any_true", "_has_compatible_shallow_copy_type",
        "_version", "get_default_dtype", "set_default_dtype", "broadcast_shapes", "names",
        "compiled_with_cxx11_abi", "_assert_async", "_typed_storage", "dense_dim", "sparse_dim",
        "_dimI", "_dimV", "_nnz", "is_coalesced", "qscheme", "q_scale", "record_stream",
    )
)  # fmt: skip
"""They tell of a tensor and give no tensor that data flows into."""

_TENSOR_GETTERS: Final = frozenset(("data", "T", "mT", "H", "mH", "real", "imag"))
_DUNDER_WRITES: Final = frozenset(
    (
        "__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__idiv__",
        "__ifloordiv__", "__imod__", "__ipow__", "__iand__", "__ior__", "__ixor__",
        "__ilshift__", "__irshift__", "__imatmul__",
    )
)  # fmt: skip

# Python functions of torch that use every float tensor they are given in a way that carries,
# so that asking autograd at every new place is not worth its time.
_TRUSTED: Final = frozenset(
    (
        "relu", "gelu", "softmax", "log_softmax", "dropout", "layer_norm", "group_norm",
        "rsub", "pow", "rpow", "rdiv", "silu", "leaky_relu", "embedding", "einsum", "norm",
        "mse_loss", "max_pool2d", "interpolate", "normalize", "split", "stack", "tensordot",
        "smooth_l1_loss", "l1_loss", "sigmoid", "tanh", "multi_head_attention_forward",
    )
)  # fmt: skip


_WRITING: Final = frozenset(("embedding", "fused_moving_avg_obs_fake_quant", "embedding_renorm"))
"""Calls that write on their arguments, or may, although nothing in their name says so."""


class Plan:
    """What to do at a call. Attributes are read at every op, so they are plain."""

    __slots__ = (
        "barrier", "detail", "doubtful", "early", "first_only", "index", "inplace", "leaves",
        "maybe_inplace", "name", "no_flow", "numbers", "overwrites", "plain", "random", "skip",
        "special", "view",
    )  # fmt: skip

    def __init__(self, index: int, func: Any) -> None:
        raw = _raw_name(func)
        name = raw.strip("_") or raw
        getter = _getter_of(func)
        setter = getter is not None and func.__name__ == "__set__"
        if setter:
            name = f"set_{name}"
        self.index = index
        self.name = name
        self.skip = self._is_skipped(raw, getter, setter)
        self.leaves = name in LEAVES and (
            raw.startswith("__") or name in ("item", "tolist", "numpy")
        )
        self.special = _SPECIAL.get(raw if getter is None else name)
        if isinstance(func, FunctionType) and name in ("batch_norm", "instance_norm"):
            self.special = "norm"
        if self.leaves:
            self.special = "leave"
        if setter and name not in ("set_data", "set_requires_grad"):
            self.skip = True
        self.inplace = (
            raw in _DUNDER_WRITES or (raw.endswith("_") and not raw.endswith("__"))
        ) or name == "set_data"
        self.overwrites = name in OVERWRITES
        self.barrier = BARRIERS.get(name, Barrier.NONE)
        if self.inplace and name in ("normal", "bernoulli", "data"):
            self.barrier = Barrier.NONE
        self.detail = DETAILS.get(name)
        self.view = name in VIEWS and not self.inplace
        self.no_flow = name in SOURCES
        self.first_only = name in FIRST_ONLY
        self.maybe_inplace = name in MAY_BE_INPLACE and not self.inplace
        self.random = name in DRAWING
        # Calls that a replay has to look at before they run.
        self.early = self.inplace or self.maybe_inplace or self.random or name in _WRITING
        self.doubtful = isinstance(func, FunctionType) and name not in _TRUSTED
        self.numbers = not (self.view and name != "getitem")
        # The usual case: a new tensor made of others, with nothing else to note.
        self.plain = not (
            self.view or self.inplace or self.no_flow or self.first_only or self.maybe_inplace
            or name in DATA or name == "empty"
        )  # fmt: skip

    def _is_skipped(self, raw: str, getter: str | None, setter: bool) -> bool:
        if getter is not None and not setter:
            return getter not in _TENSOR_GETTERS
        return raw in SKIPPED


_SPECIAL: Final = {
    "requires_grad_": "requires_grad",
    "set_requires_grad": "requires_grad",
    "register_hook": "hook",
    "grad": "grad",
    "_set_grad_enabled": "region",
}
"""Calls that need a hand of their own; the flow has a method of that name for each."""


def _getter_of(func: Any) -> str | None:
    """The attribute's name, where `func` is `Tensor.<attribute>.__get__` or `.__set__`."""
    if getattr(func, "__name__", "") not in ("__get__", "__set__", "__delete__"):
        return None
    return getattr(getattr(func, "__self__", None), "__name__", None)


def _raw_name(func: Any) -> str:
    getter = _getter_of(func)
    name = getter if getter is not None else getattr(func, "__name__", None)
    if name is None:
        # Operators such as `torch.ops.aten.add.Tensor` keep their name elsewhere.
        name = str(getattr(func, "_opname", None) or getattr(func, "_qualified_op_name", func))
        name = name.rsplit("::", 1)[-1]
    return str(name)
