"""What functions and methods do to gradient, by name. A new op is a row."""

from __future__ import annotations

from typing import Final

NO_GRADIENT: Final = frozenset({
    "argmax", "argmin", "argsort", "round", "floor", "ceil", "trunc", "sign", "one_hot",
    "multinomial", "bernoulli", "histc", "bincount", "unique", "nonzero", "bucketize",
    "searchsorted", "heaviside", "isclose", "gt", "ge", "lt", "le", "eq", "ne", "greater",
    "less", "greater_equal", "less_equal", "logical_and", "logical_or", "logical_not", "isnan",
    "isinf", "isfinite", "not_equal", "floor_divide", "randint_like", "allclose", "equal", "round_",
    "floor_", "ceil_", "sign_", "trunc_", "argwhere", "count_nonzero", "histogram", "frac_",
})  # fmt: skip
"""Ops whose result carries no gradient, or one of zero."""

CASTS: Final = frozenset({"long", "int", "short", "byte", "char", "bool"})
INTEGER_TYPES: Final = frozenset(
    f"torch.{name}"
    for name in (
        "long", "int", "short", "bool", "int8", "int16", "int32", "int64", "uint8", "LongTensor",
        "IntTensor", "BoolTensor", "ByteTensor", "ShortTensor",
    )
)  # fmt: skip
PICKS: Final = frozenset({"topk", "sort", "max", "min", "median", "mode", "kthvalue", "cummax"})
"""Give values that carry gradient and indices that do not; `max` only with a dimension."""
ALWAYS_PICK: Final = frozenset({"topk", "sort", "kthvalue", "mode", "cummax"})

LEAVES: Final = frozenset({"item", "tolist", "numpy", "__array__"})
CONSTANTS: Final = frozenset({
    "size", "dim", "numel", "nelement", "ndimension", "get_device", "is_floating_point",
    "element_size", "stride", "data_ptr", "is_contiguous", "storage", "type_as_string",
    "zeros_like", "ones_like", "rand_like", "randn_like", "empty_like", "full_like", "new_zeros",
    "new_ones", "new_empty", "new_full", "new_tensor", "is_complex", "register_hook",
    "retain_grad", "zeros", "ones", "rand", "randn", "empty", "arange", "eye", "linspace",
    "logspace", "randint", "randperm", "manual_seed", "device", "get_default_dtype", "is_tensor",
    "tril_indices", "triu_indices", "meshgrid_sizes", "is_grad_enabled", "hann_window", "Generator",
    "get_rng_state", "set_rng_state", "finfo", "iinfo", "normal_", "uniform_", "zero_", "fill_",
})  # fmt: skip
"""Methods and functions whose result has nothing of the values that they are given."""

NUMBERS: Final = frozenset({
    "shape", "device", "dtype", "ndim", "is_cuda", "requires_grad", "layout", "grad", "itemsize",
    "is_leaf", "grad_fn", "in_features", "out_features", "training", "names", "nbytes",
})  # fmt: skip
"""Attributes that have nothing of the value. (`grad` is what came back.)"""

PARTS: Final = frozenset({"T", "mT", "H", "mH", "real", "imag", "weight", "bias"})
LEAVING_BUILTINS: Final = frozenset({"float", "int", "complex", "bool"})
QUIET_BUILTINS: Final = frozenset({
    "print", "len", "isinstance", "issubclass", "hasattr", "range", "type", "id", "repr", "str",
    "callable", "hash", "format", "dir", "input", "open", "ord", "chr", "bytes", "vars",
    "Exception", "ValueError", "TypeError", "RuntimeError", "NotImplementedError", "KeyError",
    "AssertionError", "slice", "object",
})  # fmt: skip
PASSING_BUILTINS: Final = frozenset({
    "sum", "abs", "max", "min", "pow", "divmod", "list", "tuple", "set", "frozenset", "sorted",
    "reversed", "iter", "next", "zip", "enumerate", "dict", "filter", "map", "all", "any",
})  # fmt: skip
COLLECTING: Final = frozenset({
    "list", "tuple", "set", "frozenset", "sorted", "zip", "enumerate", "dict", "filter", "map",
    "iter", "reversed",
})  # fmt: skip
ONCE: Final = frozenset({"filter", "map", "zip", "iter", "enumerate", "reversed"})
"""Builtins that give their items once."""

GIVES_ITSELF: Final = frozenset({
    "to", "cuda", "cpu", "train", "eval", "half", "float", "double", "bfloat16", "apply", "type",
    "to_empty", "share_memory", "requires_grad_", "compile", "xpu", "mps",
})  # fmt: skip
"""Methods of a module that give back the module (or nothing)."""
QUIET_METHODS: Final = frozenset({
    "zero_grad", "state_dict", "load_state_dict", "register_buffer", "extra_repr", "get_buffer",
    "add_module", "register_module", "register_parameter", "save_hyperparameters", "log",
    "log_dict", "print", "post_init", "init_weights", "reset_parameters", "__init__", "append",
    "extend", "insert", "toggle_optimizer", "untoggle_optimizer", "set_grad_enabled",
})  # fmt: skip
"""Methods of modules that use nothing in a way that could carry gradient."""
LISTS: Final = frozenset({"parameters", "named_parameters"})
LISTS_MODULES: Final = frozenset({"modules", "children", "named_modules", "named_children"})

SAME: Final = frozenset({
    "copy.deepcopy", "copy.copy", "torch.compile", "torch.nn.DataParallel", "torch.jit.script",
    "torch.nn.parallel.DistributedDataParallel", "torch.jit.trace", "typing.cast",
    "torch.nn.utils.weight_norm", "torch.nn.utils.spectral_norm", "functools.wraps",
    "torch.nn.utils.parametrizations.weight_norm", "contextlib.nullcontext",
    "torch.nn.utils.parametrizations.spectral_norm", "tqdm.tqdm", "tqdm.auto.tqdm",
    "tqdm.notebook.tqdm", "tqdm.std.tqdm", "tqdm.rich.tqdm",
})  # fmt: skip
"""Give back what they are given first, or a wrapper that does the same."""
ASIDE: Final = frozenset({
    "torch.save", "torch.manual_seed", "warnings.warn", "torch.nn.utils.clip_grad_norm_",
    "torch.nn.utils.clip_grad_value_", "torch.nn.utils.clip_grad_norm", "gc.collect",
    "torch.cuda.empty_cache", "torch.cuda.synchronize", "torch.use_deterministic_algorithms",
    "time.time", "time.perf_counter", "os.makedirs", "os.path.join", "random.seed",
    "torch.backends.cudnn", "warnings.simplefilter", "warnings.filterwarnings",
    "torch.set_default_dtype", "torch.set_num_threads", "torch.load", "torch.cuda.is_available",
})  # fmt: skip
NO_GRAD: Final = frozenset({
    "torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad",
    "torch.autograd.inference_mode", "torch.autograd.grad_mode.no_grad",
    "torch.autograd.grad_mode.inference_mode",
})  # fmt: skip
WITH_GRAD: Final = frozenset({"torch.enable_grad", "torch.autograd.enable_grad"})
SET_GRAD: Final = frozenset({"torch.set_grad_enabled", "torch.autograd.set_grad_enabled"})
LOGGING: Final = frozenset({
    "info", "debug", "warning", "error", "exception", "critical", "add_scalar", "add_scalars",
    "set_postfix", "set_description", "log_metric", "log_metrics", "set_postfix_str", "write",
    "add_histogram", "add_figure", "add_image", "flush", "close",
})  # fmt: skip
"""Methods that write something down and give nothing back to the program."""
PASSES: Final = (
    "torch.", "torchvision.", "torchaudio.", "einops.", "opt_einsum.", "torch_scatter.",
    "torch_geometric.nn.", "kornia.",
)  # fmt: skip
"""Functions of these hand on whatever they are given, where nothing else is said."""
OWN_WAYS: Final = ("torch.func.", "functorch.", "torch.autograd.functional.")
"""Ways to a gradient that are not `backward`."""
NUMPY: Final = ("numpy.", "math.", "scipy.", "sklearn.", "cmath.")
GROWS: Final = {
    "append": 0, "add": 0, "appendleft": 0, "insert": 1, "extend": 0, "update": 0, "setdefault": 1,
}  # fmt: skip

TENSOR_METHODS: Final = frozenset({
    "abs", "absolute", "acos", "acosh", "add", "add_", "addbmm", "addcdiv", "addcdiv_",
    "addcmul", "addcmul_", "addmm", "addmm_", "addmv", "addr", "all", "amax", "amin", "aminmax",
    "angle", "any", "as_strided", "asin", "asinh", "atan", "atan2", "atanh", "baddbmm",
    "bernoulli_", "bmm", "broadcast_to", "cat", "cauchy_", "chunk", "clamp", "clamp_",
    "clamp_max", "clamp_max_", "clamp_min", "clamp_min_", "clip", "clip_", "clone", "conj",
    "contiguous", "copy_", "copysign", "corrcoef", "cos", "cosh", "cov", "cpu", "cross", "cuda",
    "cumprod", "cumsum", "cumulative_trapezoid", "deg2rad", "dense_dim", "det", "diag",
    "diag_embed", "diagflat", "diagonal", "diff", "digamma", "dist", "div", "div_", "divide",
    "divide_", "dot", "double", "dropout", "einsum", "erf", "erfc", "erfinv", "exp", "exp_",
    "exp2", "expand", "expand_as", "expm1", "exponential_", "fill_diagonal_", "flatten", "flip",
    "fliplr", "flipud", "float", "float_power", "fmax", "fmin", "fmod", "gather", "gelu",
    "geqrf", "half", "hardshrink", "hypot", "i0", "index_add", "index_add_", "index_copy",
    "index_copy_", "index_fill", "index_fill_", "index_put", "index_put_", "index_reduce",
    "index_select", "inner", "inverse", "isin", "kron", "layer_norm", "ldexp", "lerp", "lerp_",
    "lgamma", "log", "log10", "log1p", "log1p_", "log2", "log_", "log_softmax", "logaddexp",
    "logcumsumexp", "logdet", "logit", "logsumexp", "masked_fill", "masked_fill_",
    "masked_scatter", "masked_scatter_", "masked_select", "matmul", "maximum", "mean",
    "minimum", "mm", "moveaxis", "movedim", "mul", "mul_", "multiply", "multiply_", "mv",
    "nan_to_num", "nan_to_num_", "nanmean", "nansum", "narrow", "neg", "neg_", "negative",
    "norm", "nuclear_norm", "outer", "permute", "pinverse", "polygamma", "pow", "pow_", "prelu",
    "prod", "put_", "quantile", "ravel", "reciprocal", "reciprocal_", "refine_names", "relu",
    "relu_", "remainder", "renorm", "renorm_", "repeat", "repeat_interleave", "reshape",
    "reshape_as", "resize_", "roll", "rot90", "rsqrt", "rsqrt_", "rsub", "scatter", "scatter_",
    "scatter_add", "scatter_add_", "scatter_reduce", "scatter_reduce_", "select",
    "select_scatter", "sigmoid", "sigmoid_", "silu", "sin", "sinc", "sinh", "slice_scatter",
    "slogdet", "smm", "softmax", "split", "split_with_sizes", "sqrt", "sqrt_", "square",
    "square_", "squeeze", "squeeze_", "std", "sub", "sub_", "subtract", "sum", "swapaxes",
    "swapdims", "t", "t_", "take", "take_along_dim", "tan", "tanh", "tanh_", "tensor_split",
    "tile", "to", "to_dense", "to_sparse", "trace", "transpose", "transpose_",
    "triangular_solve", "tril", "tril_", "triu", "triu_", "type", "type_as", "unbind",
    "unflatten", "unfold", "unsqueeze", "unsqueeze_", "values", "var", "vdot", "view",
    "view_as", "where", "xlogy", "bfloat16", "pin_memory", "requires_grad_", "share_memory_",
    "indices", "coalesce", "rsample", "log_prob", "entropy", "stack", "keys", "items", "get",
    "pop", "log_abs_det_jacobian",
})  # fmt: skip
"""Methods of a tensor through which gradient goes, from all that they are given."""
