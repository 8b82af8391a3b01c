"""Which calls let data through and no gradient, and why: a table of names.

What carries is autograd's to say; this table says why something does not, and decides for
sources that do not ask for gradient. A name is the function's own, without underscores
(`__floordiv__` is `floordiv`, `detach_` is `detach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from whygrad.flow.graph import Barrier

BARRIERS: Final[Mapping[str, Barrier]] = {
    **dict.fromkeys(("detach", "data", "detach_copy", "set_data"), Barrier.DETACHED),
    **dict.fromkeys(
        ("tensor", "new_tensor", "Parameter", "Buffer", "Variable", "deepcopy", "Tensor"),
        Barrier.REWRAPPED,
    ),
    **dict.fromkeys(("array_wrap", "from_dlpack"), Barrier.LEFT_FRAMEWORK),
    # Their derivative is zero wherever it exists: autograd gives zeros or nothing at all.
    **dict.fromkeys(
        (
            "round", "floor", "ceil", "trunc", "fix", "sign", "heaviside", "floor_divide",
            "floordiv", "rfloordiv", "unique", "unique_consecutive", "histc", "histogram",
            "bincount", "nextafter", "one_hot",
        ),
        Barrier.NOT_DIFFERENTIABLE,
    ),
    **dict.fromkeys(
        ("bernoulli", "normal", "poisson", "multinomial", "binomial", "sample"),
        Barrier.NOT_DIFFERENTIABLE,
    ),
}  # fmt: skip

DETAILS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("bernoulli", "multinomial", "poisson", "binomial"), "sampling"),
    **dict.fromkeys(("normal", "sample"), "sampling; use rsample"),
    "data": ".data is a detached view",
    "deepcopy": "a copy is a new leaf",
}

CASTS: Final = frozenset(
    (
        "long",
        "int",
        "short",
        "char",
        "byte",
        "bool",
        "to",
        "type",
        "type_as",
        "view_as_real",
        "view",
    )
)
"""Calls after which an integer is a matter of dtype, not of what was computed."""

SOURCES: Final = frozenset(
    (
        "empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like",
        "randint_like", "new_empty", "new_zeros", "new_ones", "new_full", "new_empty_strided",
    )
)  # fmt: skip
"""They read the shape of a tensor and none of its numbers."""

FIRST_ONLY: Final = frozenset(
    ("expand_as", "view_as", "reshape_as", "type_as", "sum_to_size", "resize_as", "to")
)
"""They take numbers from their first tensor and no more than shape or dtype from the others."""

OVERWRITES: Final = frozenset(
    (
        "copy", "fill", "zero", "normal", "uniform", "random", "exponential", "bernoulli",
        "cauchy", "log_normal", "geometric", "set", "set_data", "out", "constant", "ones", "zeros",
        "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
        "orthogonal", "sparse", "trunc_normal", "fill_diagonal_all",
    )
)  # fmt: skip
"""In-place calls that leave nothing of the old numbers."""

RANDOM: Final = frozenset(
    (
        "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like",
        "normal", "uniform", "random", "exponential", "bernoulli", "cauchy", "log_normal",
        "geometric", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
        "orthogonal", "sparse", "trunc_normal", "poisson", "multinomial",
    )
)  # fmt: skip

CONSTANT: Final = frozenset(
    (
        "zeros", "ones", "full", "eye", "arange", "linspace", "logspace", "range", "zeros_like",
        "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "fill", "zero", "constant",
        "dirac", "hann_window", "hamming_window", "scalar_tensor", "tril_indices", "triu_indices",
    )
)  # fmt: skip

DATA: Final = frozenset(
    ("tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "load", "new_tensor", "Tensor")
)

VIEWS: Final = frozenset(
    (
        "view", "view_as", "reshape", "reshape_as", "flatten", "unflatten", "ravel", "transpose",
        "t", "permute", "movedim", "moveaxis", "swapaxes", "swapdims", "squeeze", "unsqueeze",
        "expand", "expand_as", "narrow", "select", "slice", "getitem", "unbind", "split",
        "split_with_sizes", "tensor_split", "chunk", "hsplit", "vsplit", "dsplit", "diagonal",
        "unfold", "as_strided", "contiguous", "to", "detach", "data", "T", "mT", "H", "mH", "real",
        "imag", "view_as_real", "view_as_complex", "broadcast_to", "broadcast_tensors", "adjoint",
        "positive", "numpy_T", "alias", "type", "float", "double", "half", "cpu", "type_as",
        "as_tensor", "asarray", "atleast_1d", "atleast_2d", "atleast_3d", "meshgrid", "values",
        "indices", "conj", "resolve_conj", "resolve_neg", "swapdims",
    )
)  # fmt: skip
"""Calls whose result may share memory with what they were given."""

MAY_BE_INPLACE: Final = frozenset(
    (
        "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "hardtanh", "hardswish",
        "hardsigmoid", "silu", "mish", "threshold", "rrelu", "dropout", "alpha_dropout",
        "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout", "nan_to_num",
    )
)  # fmt: skip
"""Functions with an `inplace` argument; only the version counter tells whether they wrote."""

LEAVES: Final = frozenset(
    ("item", "float", "int", "bool", "index", "complex", "tolist", "numpy", "array", "dlpack")
)
"""How data leaves for Python or NumPy; of `float`, `int` and the like only the dunder methods."""
