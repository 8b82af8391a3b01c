"""The words of TensorFlow and of the two Keras, for what causes say and offer."""

from __future__ import annotations

from typing import Final

from whygrad.flow.recording import Dialect

_LISTING: Final = "model.trainable_variables"

_ALL: Final = {
    "backward": "the tape",
    "autograd": "TensorFlow",
    "`backward()`": "`tape.gradient(...)`",
    "call `loss.backward()` before the step": "take `tape.gradient(loss, variables)` before the"
    " update",
    "`step()`": "`apply_gradients(...)`",
    "requires_grad=False": "trainable=False",
    "requires_grad=True": "trainable=True",
    "asks for no gradient": "is no variable",
    "give back `requires_grad_(True)` to what is to be trained": "set `trainable = True` on what is"
    " to be trained",
    "`forward`": "`call`",
    "a buffer": "not trainable",
    "an object that is no module": "an object that is neither a layer nor a variable of it",
    "nn.Module": "keras.layers.Layer",
    "step()": "apply_gradients(zip(gradients, variables))",
    "requires_grad_(False)": "trainable = False",
    "`torch.tensor(2.0)` in place of `torch.tensor(2)`": "`tf.Variable(2.0)` in place of"
    " `tf.Variable(2)`",
    "write into it instead: `with torch.no_grad(): p.copy_(...)`": "write into it instead:"
    " `self.w.assign(...)`",
    "return a gradient for every input from `backward`, and pass tensors to `apply` as arguments,"
    " not through attributes or closures": "return a gradient for every input from the function"
    " that the decorated one gives back, and pass tensors to it as arguments, not through"
    " attributes or closures",
    "nn.LeakyReLU": "keras.layers.LeakyReLU",
    "`nn.BCEWithLogitsLoss` for a single output": "`BinaryCrossentropy(from_logits=True)` for a"
    " single output",
    "`nn.init.kaiming_normal_`, `xavier_normal_`": "`he_normal`, `glorot_normal`",
    "`nn.init.xavier_normal_`": "`glorot_normal`",
    "`nn.init.orthogonal_`": "`orthogonal`",
    "`torch.isfinite(x).all()`": "`tf.debugging.assert_all_finite(x, ...)`",
    "`torch.autograd.set_detect_anomaly(True)` names the op whose backward gives nan":
    "`tf.debugging.enable_check_numerics()` names the op whose result is not finite",
    "`torch.amp.GradScaler`": "`keras.mixed_precision.LossScaleOptimizer`",
    "`-1e9`, `torch.finfo(dtype).min`": "`-1e9`, `dtype.min`",
    "`torch.logit(p, eps=1e-6)`": "`tf.clip_by_value(p, 1e-6, 1 - 1e-6)` before it",
    "`nn.utils.clip_grad_norm_`": "`clipnorm` of the optimizer",
    "`torch.where`": "`tf.where`",
    "`.clamp_min(1e-8)`": "`tf.maximum(..., 1e-8)`",
    "`.clamp_min(1e-12)`": "`tf.maximum(..., 1e-12)`",
    "`.clamp_min(...)`": "`tf.maximum(..., 1e-8)`",
    "`torch.autocast` for the arithmetic": "a `mixed_bfloat16` policy for the arithmetic",
}  # fmt: skip


def tensorflow() -> Dialect:
    """`tf.Module` and hand-written loops."""
    return Dialect(
        framework="tensorflow",
        parameter="tf.Variable",
        listing=_LISTING,
        containers={"object": "tf.Module"},
        title="TensorFlow",
        edits="tensorflow",
        loses="a `tf.train.Checkpoint` does not save {it}",
        watches="the tape watches {it}",
        spellings=_ALL
        | {
            "`forward`": "`__call__`",
            "nn.Module": "tf.Module",
            "an object that is no module": "an object that is no `tf.Module`",
            "nn.LeakyReLU": "tf.nn.leaky_relu",
        },
    )


def keras_2() -> Dialect:
    """`tf_keras`, which tracks what TensorFlow tracks."""
    return Dialect(
        framework="tensorflow",
        parameter="self.add_weight",
        listing=_LISTING,
        containers={"object": "a layer"},
        title="Keras 2 (`tf_keras`)",
        edits="keras",
        loses="`save_weights()` does not save {it}",
        watches="the tape watches {it}",
        spellings=_ALL,
    )


def keras_3(version: str, backend: str = "tensorflow") -> Dialect:
    """Keras 3, which tracks its own variables and layers alone, over any framework."""
    on_tensorflow = backend == "tensorflow"
    neutral = {
        "autograd": {"jax": "JAX", "torch": "PyTorch"}.get(backend, "TensorFlow"),
        "backward": "the tape" if on_tensorflow else "backward",
        "`torch.tensor(2.0)` in place of `torch.tensor(2)`": 'a weight of dtype `"float32"`',
    }
    return Dialect(
        framework=backend,
        parameter="self.add_weight",
        listing=_LISTING,
        containers={"object": "keras.layers.Layer"},
        title=f"Keras {version} on {backend}" if not on_tensorflow else f"Keras {version}",
        edits="keras",
        loses="`save_weights()` does not save {it}",
        watches="the tape watches {it}" if on_tensorflow else "",
        in_vain="`trainable=True` on a `tf.Variable` changes nothing there",
        spellings=_ALL | neutral,
    )
