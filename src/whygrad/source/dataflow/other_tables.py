"""What the functions and classes of TensorFlow, Keras and JAX do to gradient, by name."""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = (
    ("tensorflow.keras.", "keras."),
    ("tensorflow.python.keras.", "keras."),
    ("tensorflow.compat.v2.keras.", "keras."),
    ("tensorflow.compat.v1.keras.", "keras."),
    ("tf_keras.", "keras."),
    ("keras.src.", "keras."),
    ("keras.api.", "keras."),
    ("tensorflow.compat.v2.", "tensorflow."),
    ("tensorflow.compat.v1.", "tensorflow."),
    ("tensorflow.losses.", "keras.losses."),
    ("tensorflow.metrics.", "keras.metrics."),
    ("jax.experimental.", "jax."),
    ("flax.experimental.nnx.", "flax.nnx."),
    ("equinox.nn.", "equinox.nn."),
)
_OURS: Final = ("tensorflow", "keras", "tf_keras", "jax", "flax", "optax", "equinox", "haiku")


def plain_name(name: str) -> str | None:
    """One name for what goes by several; None for what is of none of these frameworks."""
    if name.partition(".")[0] not in _OURS:
        return None
    for long, short in _PREFIXES:
        if name.startswith(long):
            return short + name[len(long) :]
    return name


STOPS: Final = frozenset({"stop_gradient"})
NO_GRADIENT: Final = frozenset({
    "argmax", "argmin", "argsort", "round", "rint", "floor", "ceil", "trunc", "sign", "one_hot",
    "categorical", "stateless_categorical", "bincount", "unique", "searchsorted", "isclose",
    "greater", "less", "greater_equal", "less_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_not", "logical_xor", "is_nan", "is_inf", "is_finite", "isnan", "isinf",
    "isfinite", "floordiv", "floor_divide", "in_top_k", "count_nonzero", "histogram_fixed_width",
    "digitize", "argwhere", "invert_permutation", "fix", "bernoulli", "randint", "rademacher",
})  # fmt: skip
"""Functions whose result carries no gradient, or one of zero."""
PICKS: Final = frozenset({"top_k", "approx_max_k"})
CASTS: Final = frozenset({"cast", "saturate_cast", "to_int32", "to_int64", "astype"})
INTEGERS: Final = frozenset({
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "bool_",
})  # fmt: skip


def is_whole(dtype: str) -> bool:
    """Whether a dtype, `jax.numpy.int32` or `'int32'`, is of whole numbers."""
    return dtype.strip("'\"").rpartition(".")[2] in INTEGERS


CONSTANTS: Final = frozenset({
    "shape", "size", "rank", "ndim", "zeros_like", "ones_like", "full_like", "zeros", "ones",
    "eye", "range", "arange", "linspace", "is_tensor", "set_seed", "set_random_seed", "TensorSpec",
    "TensorShape", "PRNGKey", "key", "split", "fold_in", "is_keras_tensor", "result_type",
    "dtype", "shape_n", "int_shape", "epsilon", "floatx", "image_data_format", "newaxis",
    "ShapeDtypeStruct", "device_count", "local_device_count", "devices", "process_index",
    "get_logger", "executing_eagerly", "sequence_mask", "is_symbolic_tensor", "empty", "empty_like",
})  # fmt: skip
"""Functions whose result has nothing of the values that they are given."""
NOT_CONSTANT: Final = ("tensorflow.split", "keras.ops.split", "jax.numpy.split")
ASIDE: Final = frozenset({
    "tensorflow.print", "tensorflow.summary.scalar", "tensorflow.summary.histogram",
    "tensorflow.debugging.assert_all_finite", "tensorflow.debugging.check_numerics",
    "tensorflow.debugging.assert_equal", "tensorflow.debugging.assert_shapes",
    "tensorflow.Assert", "tensorflow.config.run_functions_eagerly", "tensorflow.random.set_seed",
    "keras.utils.set_random_seed", "keras.backend.clear_session", "keras.utils.plot_model",
    "keras.mixed_precision.set_global_policy", "jax.debug.print", "jax.config.update",
    "jax.block_until_ready", "tensorflow.get_logger", "tensorflow.train.Checkpoint",
    "tensorflow.train.CheckpointManager", "tensorflow.saved_model.save", "keras.models.save_model",
    "keras.saving.save_model", "tensorflow.train.latest_checkpoint", "keras.utils.model_to_dot",
    "tensorflow.summary.create_file_writer", "tensorflow.summary.image",
    "tensorflow.summary.text", "flax.training.checkpoints.save_checkpoint",
})  # fmt: skip
COLLECTIONS: Final = frozenset({"flax.nnx.List", "flax.nnx.Dict", "flax.nnx.data"})
"""Give a container, or whatever else, back as something that NNX looks into."""
LEAVES: Final = frozenset({"tensorflow.numpy_function", "keras.ops.convert_to_numpy"})
SAME: Final = frozenset({
    "tensorflow.function", "jax.jit", "jax.pmap", "jax.checkpoint", "jax.remat", "flax.nnx.jit",
    "flax.nnx.remat", "flax.linen.jit", "flax.linen.remat", "flax.linen.compact",
    "flax.linen.nowrap", "equinox.filter_jit", "equinox.filter_checkpoint", "equinox.filter_pmap",
    "haiku.remat", "tensorflow.convert_to_tensor", "tensorflow.identity", "jax.device_put",
    "jax.block_until_ready", "tensorflow.recompute_grad", "keras.utils.register_keras_serializable",
    "keras.saving.register_keras_serializable", "tensorflow.autograph.experimental.do_not_convert",
    "flax.jax_utils.replicate", "flax.jax_utils.unreplicate", "jax.tree_util.Partial",
    "flax.nnx.cached_partial", "tensorflow.nest.flatten", "tensorflow.nest.map_structure_up_to",
    "jax.named_call", "tensorflow.stack_dynamic_partitions", "flax.core.freeze",
    "flax.core.unfreeze", "flax.core.frozen_dict.freeze", "flax.core.frozen_dict.unfreeze",
})  # fmt: skip
"""Give back what they are given first, or a wrapper that does the same."""
CUSTOM: Final = frozenset({
    "tensorflow.custom_gradient", "keras.ops.custom_gradient", "jax.custom_vjp", "jax.custom_jvp",
    "jax.custom_gradient", "flax.nnx.custom_vjp", "equinox.filter_custom_vjp",
    "equinox.filter_custom_jvp", "jax.custom_derivatives.custom_vjp",
    "jax.custom_derivatives.custom_jvp", "tensorflow.grad_pass_through",
    "flax.linen.custom_vjp",
})  # fmt: skip
GRADIENTS: Final = frozenset({
    "jax.grad", "jax.value_and_grad", "flax.nnx.grad", "flax.nnx.value_and_grad",
    "equinox.filter_grad", "equinox.filter_value_and_grad",
})  # fmt: skip
"""Functions that make a function of gradients."""
OWN_WAYS: Final = frozenset({
    "vjp", "jvp", "jacrev", "jacfwd", "jacobian", "hessian", "linearize", "filter_vjp",
    "filter_jvp", "filter_jacrev", "filter_hessian", "custom_root", "custom_linear_solve",
    "gradients", "filter_jacfwd",
})  # fmt: skip
"""Other ways to a gradient, which are not followed."""
ELEMENTWISE: Final = (
    "tensorflow.math.", "tensorflow.nn.", "tensorflow.linalg.", "tensorflow.image.",
    "tensorflow.signal.", "tensorflow.keras.", "tensorflow.sparse.", "tensorflow.random.",
    "tensorflow.strings.", "keras.ops.", "keras.backend.", "keras.activations.", "keras.losses.",
    "keras.metrics.",
    "keras.random.", "jax.numpy.", "jax.nn.", "jax.lax.", "jax.random.", "jax.scipy.",
    "optax.losses.", "flax.linen.activation.",
)  # fmt: skip
"""Packages whose functions hand on whatever they are given, where nothing else is said."""
FREE: Final = ("flax.linen.", "flax.nnx.", "optax.", "equinox.nn.", "haiku.")
"""Packages of which only functions named in `ACTIVATIONS` do."""
ACTIVATIONS: Final = frozenset({
    "relu", "gelu", "tanh", "sigmoid", "softmax", "log_softmax", "silu", "swish", "elu", "selu",
    "softplus", "leaky_relu", "max_pool", "avg_pool", "softmax_cross_entropy", "l2_loss",
    "softmax_cross_entropy_with_integer_labels", "sigmoid_binary_cross_entropy", "huber_loss",
    "squared_error", "cosine_similarity", "cosine_distance", "log_cosh", "smooth_labels",
    "dot_product_attention", "standardize", "normalize", "log_sigmoid", "hard_tanh", "glu",
})  # fmt: skip
LISTS: Final = frozenset({
    "trainable_variables", "trainable_weights", "variables", "weights", "non_trainable_variables",
    "non_trainable_weights",
})  # fmt: skip
"""Attributes of a model that list its variables."""
OPTIMIZERS: Final = frozenset({
    "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion",
    "Adafactor", "Lamb", "Muon",
})  # fmt: skip
WEIGHTLESS: Final = frozenset({
    "Activation", "ReLU", "LeakyReLU", "Softmax", "ELU", "ThresholdedReLU", "Dropout",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
    "Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate", "Add", "Multiply", "Average",
    "Maximum", "Minimum", "Subtract", "Dot", "Rescaling", "Resizing", "Input", "InputLayer",
    "InputSpec", "Masking", "GaussianNoise", "ActivityRegularization", "UnitNormalization",
    "CategoryEncoding", "Discretization", "Hashing", "Normalization", "TextVectorization",
    "StringLookup", "IntegerLookup", "Identity", "CenterCrop", "Lambda", "Attention", "TFSMLayer",
    "AdditiveAttention", "Wrapper", "Layer", "TimeDistributed", "Bidirectional", "RNN",
    "StackedRNNCells", "MelSpectrogram", "STFTSpectrogram", "Pipeline", "HashedCrossing",
    "AvgPool", "Pooling",
})  # fmt: skip
WEIGHTLESS_KINDS: Final = ("Pooling", "Padding", "Cropping", "UpSampling", "Random", "Pool", "Rand")
"""Words that stand in the names of layers that have no weights of their own."""
NNX_LAYERS: Final = frozenset({
    "Linear", "LinearGeneral", "Conv", "ConvTranspose", "Embed", "Einsum", "LayerNorm",
    "BatchNorm", "RMSNorm", "GroupNorm", "MultiHeadAttention", "LSTMCell", "OptimizedLSTMCell",
    "GRUCell", "SimpleCell", "LoRA", "LoRALinear", "PReLU", "Dense", "DenseGeneral",
    "SelfAttention", "MultiHeadDotProductAttention", "InstanceNorm", "WeightNorm", "SpectralNorm",
    "Bilinear",
})  # fmt: skip
EQX_LAYERS: Final = frozenset({
    "Linear", "Conv", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose", "ConvTranspose1d",
    "ConvTranspose2d", "ConvTranspose3d", "Embedding", "LayerNorm", "RMSNorm", "GroupNorm",
    "MultiheadAttention", "MLP", "LSTMCell", "GRUCell", "PReLU", "BatchNorm",
})  # fmt: skip
QUIET_OF_MODEL: Final = frozenset({
    "summary", "save", "save_weights", "get_config", "count_params", "evaluate", "reset_states",
    "reset_metrics", "add_metric", "compute_mask", "compute_output_shape", "test_on_batch",
    "get_metrics_result", "_set_inputs", "set_state_tree", "reset_state", "export", "eval",
    "get_compile_config", "compile_from_config", "build_from_config", "from_config", "train",
    "set_attributes", "compute_metrics", "make_train_function", "sow", "is_initializing",
    "compute_output_spec",
})  # fmt: skip
