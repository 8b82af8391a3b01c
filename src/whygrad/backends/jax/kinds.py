"""What ops of JAX are called by people, and what they do to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from whygrad.flow.kinds import Kind

_KINDS: Final[Mapping[Kind, str]] = {
    Kind.RECTIFIER: "relu leaky_relu elu selu celu softplus silu gelu squareplus",
    Kind.SQUASH: """
        sigmoid logistic tanh relu6 hard_sigmoid hard_tanh hard_swish hard_silu soft_sign softsign
        log_sigmoid erf erfc arctan atan
        """,
    Kind.CLAMP: "clip clamp",
    Kind.SOFTMAX: "softmax log_softmax logsumexp",
    Kind.PRODUCT: "mul multiply prod square reduce_prod",
    Kind.CONTRACTION: """
        dot_general matmul dot tensordot einsum vdot inner outer conv_general_dilated conv
        depthwise_conv separable_conv conv_transpose
        """,
    Kind.DIFFERENCE: "sub subtract",
    Kind.SUM: "add add_any",
    Kind.SELECTION: """
        select_n where select gather dynamic_slice slice max min maximum minimum reduce_max
        reduce_min take take_along_axis sort top_k scatter reduce_window_max max_pool amax amin
        """,
    Kind.REDUCTION: "reduce_sum sum mean cumsum reduce_window_sum average_pool average",
    Kind.ROUNDING: "round floor ceil sign trunc rem floor_divide mod fix",
    Kind.LOG: "log log1p log2 log10 xlogy",
    Kind.ROOT: "sqrt rsqrt cbrt norm",
    Kind.POWER: "pow power integer_pow float_power",
    Kind.DIVISION: "div divide true_divide reciprocal",
    Kind.EXPONENTIAL: "exp exp2 expm1 cosh sinh",
    Kind.INVERSE: "acos asin arccos arcsin atanh arctanh erf_inv tan cholesky inv solve",
    Kind.NORMALIZATION: "batch_normalization layer_normalization rms_normalization standardize",
    Kind.DROPOUT: "dropout",
    Kind.LOSS: """
        binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy ctc_loss
        """,
}

_BY_NAME: Final[Mapping[str, Kind]] = {
    name: kind for kind, names in _KINDS.items() for name in names.split()
}

_SPELLED: Final[Mapping[str, str]] = {
    "dot_general": "matmul",
    "conv_general_dilated": "conv",
    "convert_element_type": "cast",
    "broadcast_in_dim": "broadcast_to",
    "select_n": "where",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "integer_pow": "power",
    "mul": "multiply",
    "sub": "subtract",
    "div": "divide",
    "true_divide": "divide",
    "add_any": "add",
    "logistic": "sigmoid",
    "gt": "greater",
    "lt": "less",
    "ge": "greater_equal",
    "le": "less_equal",
}


@cache
def kind_of(function: str, primitive: str) -> Kind:
    """By the function that a person called, else by what JAX ran for it."""
    plain = function.strip("_")
    return _BY_NAME.get(plain) or _BY_NAME.get(primitive.strip("_"), Kind.OTHER)


@cache
def spelled(primitive: str) -> str:
    """As people write it."""
    plain = primitive.strip("_")
    return _SPELLED.get(plain, plain)
