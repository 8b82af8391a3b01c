"""Float inputs to which a registered gradient function gives None, or nothing but zeros.

Found by running every gradient function of TensorFlow 2.21's registry on an op of its type
(`tests/tensorflow/registry.py` does it again). What is registered as `NotDifferentiable`, or not
at all, is asked of the registry itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALL: Final = -1

UNGRADED: Final[Mapping[str, tuple[int, ...]]] = {
    **dict.fromkeys(("ArgMax", "ArgMin", "Ceil", "Floor", "FloorDiv", "Rint"), (ALL,)),
    **dict.fromkeys(("Round", "TruncateDiv", "Sign"), (ALL,)),
    "Betainc": (0, 1),
    "CopyToMeshGrad": (1,),
    "FusedBatchNorm": (3, 4),
    "FusedBatchNormGrad": (3, 4),
    "FusedBatchNormGradV2": (3, 4),
    "FusedBatchNormGradV3": (3, 4, 5),
    "FusedBatchNormV2": (3, 4),
    "FusedBatchNormV3": (3, 4),
    "LeakyReluGrad": (1,),
    "MatrixDiagPartV2": (2,),
    "MatrixDiagPartV3": (2,),
    "MatrixDiagV2": (4,),
    "MatrixDiagV3": (4,),
    "MatrixSolveLs": (2,),
    "MaxPool3DGrad": (0, 1),
    "MaxPool3DGradGrad": (0, 1),
    "MaxPoolGrad": (0, 1),
    "MaxPoolGradGrad": (0, 1),
    "MaxPoolGradV2": (0, 1),
    "PadV2": (2,),
    "Polygamma": (0,),
    "QuantizeAndDequantizeV2": (1, 2),
    "QuantizeAndDequantizeV3": (1, 2),
    "RelayoutLike": (1,),
    "Relu6Grad": (1,),
    "ReluGrad": (1,),
    "ScaleAndTranslate": (2, 3),
    "SparseAdd": (6,),
    "Zeta": (0,),
}

FIRST_ONLY: Final = frozenset(
    ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "SoftmaxCrossEntropyWithLogits")
)
"""Their gradient function takes no notice of what comes back to the outputs behind the first."""
