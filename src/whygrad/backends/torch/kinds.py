"""What torch's functions do to numbers: a table of the names as the tape sees them (`Plan.name`).

The names are of functions as the person's code or a module's `forward` calls them, not of aten
ops: `nn.ReLU6` is seen as `hardtanh`, `1 - x` as `rsub`, `nn.MultiheadAttention` as one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from whygrad.flow.kinds import Kind

_NAMES: Final[Mapping[Kind, str]] = {
    # gelu and its like have no kink, and yet a gradient of exactly 0.0 far below zero.
    Kind.RECTIFIER: """
        relu threshold clamp_min gelu silu mish elu selu celu softplus hardswish log_sigmoid
        logsigmoid hardshrink softshrink rrelu
        """,
    Kind.SQUASH: """
        sigmoid tanh hardtanh relu6 hardsigmoid softsign erf erfc special_expit special_erf atan
        arctan
        """,
    Kind.CLAMP: "clamp clip clamp_max",
    Kind.SOFTMAX: """
        softmax log_softmax softmin special_softmax special_log_softmax logsumexp
        special_logsumexp gumbel_softmax scaled_dot_product_attention multi_head_attention_forward
        """,
    Kind.PRODUCT: "mul multiply addcmul glu prod square outer ger",
    Kind.CONTRACTION: """
        matmul rmatmul imatmul mm bmm mv dot vdot inner linear bilinear addmm addmv addbmm baddbmm
        einsum tensordot chain_matmul multi_dot linalg_multi_dot conv1d conv2d conv3d
        conv_transpose1d conv_transpose2d conv_transpose3d convolution kron linalg_vecdot
        """,
    Kind.DROPOUT: """
        dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout
        feature_dropout native_dropout
        """,
    Kind.NORMALIZATION: """
        layer_norm batch_norm group_norm instance_norm rms_norm local_response_norm normalize
        native_layer_norm cosine_similarity weight_norm renorm
        """,
    Kind.DIFFERENCE: "sub subtract rsub isub diff",
    Kind.SUM: "add iadd radd lerp addcdiv",
    Kind.SELECTION: """
        where masked_fill masked_select masked_scatter getitem setitem gather take take_along_dim
        index_select index_fill index_copy index_put index_add select narrow maximum minimum fmax
        fmin max min amax amin topk sort kthvalue median mode scatter scatter_add scatter_reduce
        tril triu max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d
        adaptive_max_pool3d cummax cummin nan_to_num
        """,
    Kind.REDUCTION: """
        sum mean nansum nanmean cumsum trace avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d
        adaptive_avg_pool2d adaptive_avg_pool3d
        """,
    Kind.LOOKUP: "embedding embedding_bag",
    Kind.ROUNDING: "round floor ceil trunc fix sign sgn heaviside floor_divide floordiv frac",
    Kind.LOG: "log log2 log10 log1p xlogy special_xlogy special_log1p entropy",
    Kind.ROOT: """
        sqrt rsqrt norm linalg_norm linalg_vector_norm linalg_matrix_norm frobenius_norm
        nuclear_norm cdist pdist dist std var_mean std_mean pairwise_distance hypot
        """,
    Kind.POWER: "pow float_power ipow var linalg_matrix_power",
    Kind.DIVISION: "div divide true_divide truediv rdiv rtruediv itruediv idiv reciprocal",
    Kind.EXPONENTIAL: "exp exp2 expm1 rpow cosh sinh logaddexp logaddexp2 special_expm1",
    Kind.INVERSE: """
        acos arccos asin arcsin atanh arctanh acosh arccosh logit special_logit erfinv
        special_erfinv atan2 arctan2 tan inverse linalg_inv pinverse linalg_pinv linalg_solve
        linalg_svd svd linalg_eigh linalg_eig linalg_cholesky cholesky linalg_qr qr det linalg_det
        logdet linalg_slogdet slogdet
        """,
    Kind.LOSS: """
        nll_loss cross_entropy mse_loss l1_loss smooth_l1_loss huber_loss kl_div
        binary_cross_entropy binary_cross_entropy_with_logits triplet_margin_loss
        triplet_margin_with_distance_loss cosine_embedding_loss hinge_embedding_loss
        margin_ranking_loss multi_margin_loss multilabel_margin_loss
        multilabel_soft_margin_loss soft_margin_loss gaussian_nll_loss poisson_nll_loss ctc_loss
        linear_cross_entropy
        """,
}

_KINDS: Final[Mapping[str, Kind]] = {
    name: kind for kind, names in _NAMES.items() for name in names.split()
}


def kind_of(name: str) -> Kind:
    """The kind of a function by its name; what is not in the table is `OTHER`."""
    return _KINDS.get(name, Kind.OTHER)
