"""TensorFlow's op types: what they do to numbers, and what people write to get them.

An op type is not what was typed: `x + y` runs `AddV2`, `tf.reduce_sum` runs `Sum`, and a layer of
Keras runs any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from whygrad.flow.kinds import Kind

_KINDS: Final[Mapping[Kind, str]] = {
    # gelu and its like are made of several ops; these are the ones with a flat side of their own.
    Kind.RECTIFIER: "Relu LeakyRelu Elu Selu Softplus",
    Kind.SQUASH: "Sigmoid Tanh Relu6 Softsign Erf Erfc Atan",
    Kind.CLAMP: "ClipByValue",
    Kind.SOFTMAX: "Softmax LogSoftmax",
    Kind.PRODUCT: "Mul MulNoNan Prod Square",
    Kind.CONTRACTION: """
        MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum XlaEinsum Conv2D Conv3D Conv
        Conv2DBackpropInput Conv3DBackpropInputV2 DepthwiseConv2dNative SparseTensorDenseMatMul
        SparseMatMul Dilation2D
        """,
    Kind.NORMALIZATION: """
        FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 LRN L2Normalize
        BatchNormWithGlobalNormalization
        """,
    Kind.DIFFERENCE: "Sub SquaredDifference",
    Kind.SUM: "Add AddV2 AddN BiasAdd BiasAddV1 AccumulateNV2",
    Kind.SELECTION: """
        Select SelectV2 Gather GatherV2 GatherNd Slice StridedSlice Maximum Minimum Max Min TopK
        TopKV2 MaxPool MaxPoolV2 MaxPool3D MaxPoolWithArgmax MatrixBandPart MatrixDiagPart
        MatrixDiagPartV2 MatrixDiagPartV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3
        ScatterNd TensorScatterUpdate TensorScatterAdd TensorScatterSub TensorScatterMax
        TensorScatterMin TensorStridedSliceUpdate SegmentMax SegmentMin UnsortedSegmentMax
        UnsortedSegmentMin DynamicPartition DynamicStitch ResourceGatherNd NthElement ListDiff
        If StatelessIf Case StatelessCase
        """,
    Kind.REDUCTION: """
        Sum Mean Cumsum AvgPool AvgPool3D SegmentSum SegmentMean SegmentSumV2 UnsortedSegmentSum
        SparseSegmentSum SparseSegmentMean EuclideanNorm
        """,
    Kind.LOOKUP: "ResourceGather",
    Kind.ROUNDING: "Round Rint Floor Ceil FloorDiv Sign FloorMod TruncateMod Mod",
    Kind.LOG: "Log Log1p Xlogy Xlog1py",
    Kind.ROOT: "Sqrt Rsqrt",
    Kind.POWER: "Pow",
    Kind.DIVISION: "RealDiv Div DivNoNan Reciprocal Inv Xdivy",
    Kind.EXPONENTIAL: "Exp Expm1 Cosh Sinh",
    Kind.INVERSE: """
        Acos Asin Acosh Asinh Atanh Atan2 Tan Erfinv Ndtri MatrixInverse MatrixSolve
        MatrixTriangularSolve BatchMatrixInverse Svd SelfAdjointEigV2 Eig Cholesky Qr
        MatrixDeterminant LogMatrixDeterminant MatrixSolveLs MatrixSquareRoot
        """,
    Kind.LOSS: """
        SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits CTCLoss CTCLossV2 L2Loss
        """,
}

_BY_TYPE: Final[Mapping[str, Kind]] = {
    name: kind for kind, names in _KINDS.items() for name in names.split()
}

_SPELLED: Final[Mapping[str, str]] = {
    "AddV2": "add", "Add": "add", "Sub": "subtract", "Mul": "multiply", "RealDiv": "divide",
    "Div": "divide", "FloorDiv": "floordiv", "FloorMod": "floormod", "Neg": "negative",
    "Pow": "pow", "Sum": "reduce_sum", "Mean": "reduce_mean", "Max": "reduce_max",
    "Min": "reduce_min", "Prod": "reduce_prod", "All": "reduce_all", "Any": "reduce_any",
    "ArgMax": "argmax", "ArgMin": "argmin", "MatMul": "matmul", "BatchMatMul": "matmul",
    "BatchMatMulV2": "matmul", "BatchMatMulV3": "matmul", "Select": "where", "SelectV2": "where",
    "Where": "where", "GatherV2": "gather", "ResourceGather": "gather", "GatherNd": "gather_nd",
    "ResourceGatherNd": "gather_nd", "ConcatV2": "concat", "Concat": "concat", "Pack": "stack",
    "Unpack": "unstack", "StridedSlice": "getitem", "Slice": "slice", "Cumsum": "cumsum",
    "If": "cond", "StatelessIf": "cond", "Case": "switch_case", "StatelessCase": "switch_case",
    "While": "while_loop", "StatelessWhile": "while_loop",
    "Rint": "round", "TopKV2": "nn.top_k", "InTopKV2": "nn.in_top_k", "Relu": "nn.relu",
    "Relu6": "nn.relu6", "LeakyRelu": "nn.leaky_relu", "Elu": "nn.elu", "Selu": "nn.selu",
    "Softmax": "nn.softmax", "LogSoftmax": "nn.log_softmax", "Softplus": "nn.softplus",
    "Softsign": "nn.softsign", "BiasAdd": "nn.bias_add", "Conv2D": "nn.conv2d",
    "Conv3D": "nn.conv3d", "DepthwiseConv2dNative": "nn.depthwise_conv2d",
    "Conv2DBackpropInput": "nn.conv2d_transpose", "MaxPool": "nn.max_pool2d",
    "AvgPool": "nn.avg_pool2d", "FusedBatchNormV3": "nn.batch_normalization",
    "SoftmaxCrossEntropyWithLogits": "nn.softmax_cross_entropy_with_logits",
    "SparseSoftmaxCrossEntropyWithLogits": "nn.sparse_softmax_cross_entropy_with_logits",
    "L2Loss": "nn.l2_loss", "ReverseV2": "reverse", "PadV2": "pad", "MirrorPad": "pad",
    "EagerPyFunc": "py_function", "PyFunc": "numpy_function",
    "StatelessMultinomial": "random.stateless_categorical",
    "Multinomial": "random.categorical", "RandomUniform": "random.uniform",
    "RandomStandardNormal": "random.normal", "TruncatedNormal": "random.truncated_normal",
    "RandomShuffle": "random.shuffle", "UnsortedSegmentSum": "math.unsorted_segment_sum",
    "OneHot": "one_hot", "LogicalAnd": "logical_and", "LogicalOr": "logical_or",
    "LogicalNot": "logical_not", "HistogramFixedWidth": "histogram_fixed_width",
    "IsNan": "math.is_nan", "IsInf": "math.is_inf", "IsFinite": "math.is_finite",
    "UniqueV2": "unique", "Bincount": "math.bincount", "DenseBincount": "math.bincount",
    "AssignVariableOp": "assign", "AssignAddVariableOp": "assign_add",
    "AssignSubVariableOp": "assign_sub", "ReadVariableOp": "read_value",
    "ResourceScatterUpdate": "scatter_update", "ResourceScatterAdd": "scatter_add",
    "ResourceScatterSub": "scatter_sub", "ResourceScatterNdUpdate": "scatter_nd_update",
    "ResourceScatterNdAdd": "scatter_nd_add", "ResourceScatterNdSub": "scatter_nd_sub",
    "ResourceStridedSliceAssign": "assign", "BatchMatrixInverse": "linalg.inv",
    "MatrixInverse": "linalg.inv", "Cholesky": "linalg.cholesky", "Svd": "linalg.svd",
    "Qr": "linalg.qr", "XlaDynamicSlice": "slice",
}  # fmt: skip
"""What people write, without `tf.`; other types are spelled by their own name in snake case."""

_PLAIN: Final = frozenset(
    (
        "add", "subtract", "multiply", "divide", "floordiv", "floormod", "negative", "pow",
        "getitem", "assign", "assign_add", "assign_sub", "read_value", "scatter_update",
        "scatter_add", "scatter_sub", "scatter_nd_update", "scatter_nd_add",
        "scatter_nd_sub", "numpy", "float", "int", "bool",
    )
)  # fmt: skip
"""Operators, and methods of a variable or tensor: nobody writes `tf.` before these."""

_VARIABLE_OPS: Final = frozenset(
    (
        "ReadVariableOp", "AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp",
        "VarIsInitializedOp", "VariableShape", "DestroyResourceOp", "_ReadVariablesOp",
    )
)  # fmt: skip


FLEETING: Final = frozenset(
    ["RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal",
     "ParameterizedTruncatedNormal", "Multinomial", "RandomGamma", "RandomPoisson",
     "RandomPoissonV2", "RandomShuffle", "StatefulUniform", "StatefulUniformInt",
     "StatefulUniformFullInt", "StatefulStandardNormalV2", "StatefulTruncatedNormal",
     "StatefulRandomBinomial", "ReadVariableOp", "RngReadAndSkip", "PyFunc", "IteratorGetNext"]
)  # fmt: skip
"""They give something else when they run again. Reads of variables, but for those of numbers that
train: a seed is written on as it is read.
"""


@cache
def is_variable_op(kind: str) -> bool:
    """Whether the handles that an op is given are those of variables."""
    return kind in _VARIABLE_OPS or (kind.startswith("Resource") and "Accumulator" not in kind)


@cache
def writes(kind: str) -> bool:
    """Whether an op writes on the variable that it is given first."""
    return kind.startswith(
        ("Assign", "ResourceScatter", "ResourceApply", "ResourceSparseApply")
    ) or (kind == "ResourceStridedSliceAssign")


def kind_of(kind: str) -> Kind:
    """What an op does to numbers; what is not in the table is `OTHER`."""
    return _BY_TYPE.get(kind, Kind.OTHER)


@cache
def spelled(kind: str) -> str:
    """The name of an op as people write it: `tf.stop_gradient`, `assign`, `add`."""
    if kind.startswith("custom_gradient "):
        return kind.removeprefix("custom_gradient ")
    if kind == "tape.gradient":
        return kind
    name = _SPELLED.get(kind) or _snake(kind)
    return name if name in _PLAIN else f"tf.{name}"


def _snake(kind: str) -> str:
    """`StopGradient` to `stop_gradient`; a version at the end is no part of the name."""
    bare = re.sub(r"V\d+$", "", kind).lstrip("_")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare).lower()
