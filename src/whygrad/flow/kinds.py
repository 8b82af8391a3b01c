"""What an op does to numbers, in terms that every framework shares. A backend maps names to it."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """The shape of an op's derivative, as far as a cause of a zero or sick gradient asks for it."""

    OTHER = "other"
    RECTIFIER = "rectifier"
    """Flat on one side: relu, relu6, threshold, hinge by `clamp(min=0)` or `maximum(x, 0)`."""
    SQUASH = "squash"
    """Flat far out: sigmoid, tanh, hardtanh, hardsigmoid, softsign, erf."""
    CLAMP = "clamp"
    SOFTMAX = "softmax"
    PRODUCT = "product"
    """Elementwise: `a * b`; gradient to one factor is gradient times the other."""
    CONTRACTION = "contraction"
    """Linear in each of two operands: matmul, linear, convolution, bmm, einsum, bilinear."""
    DROPOUT = "dropout"
    NORMALIZATION = "normalization"
    """Subtracts a mean or divides by a size: batch, layer, group, instance norm, `normalize`."""
    DIFFERENCE = "difference"
    SUM = "sum"
    """Elementwise addition."""
    SELECTION = "selection"
    """Takes some entries and leaves others: where, masked_fill, indexing, gather, maximum, max."""
    REDUCTION = "reduction"
    LOOKUP = "lookup"
    """Rows of a table by index: embedding."""
    ROUNDING = "rounding"
    """Its derivative is zero wherever there is one."""
    LOG = "log"
    ROOT = "root"
    """sqrt, rsqrt, powers below one, vector norms, cdist, std: a slope without bound at zero."""
    POWER = "power"
    DIVISION = "division"
    EXPONENTIAL = "exponential"
    INVERSE = "inverse"
    """acos, asin, atanh, logit, matrix inverse: a slope without bound at the edge."""
    LOSS = "loss"
