"""Functions with a gradient of their own (`tf.custom_gradient`), run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from whygrad.backends.tensorflow.replay.interpreting import evaluated
from whygrad.backends.tensorflow.replay.linking import cut, dense, fitted, identity, recorded
from whygrad.backends.tensorflow.replay.widening import Wider
from whygrad.backends.tensorflow.traced.closures import Closure
from whygrad.flow.replaying import CannotReplayError

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.log import Record


def is_custom(record: Record) -> bool:
    """Whether it stands for such a function."""
    return record.kind.startswith("custom_gradient ")


def custom(record: Record, inputs: list[Any], needs: Mapping[int, Any]) -> Sequence[Any]:
    """What it gave, with the gradient that it gives: that of the person's own function.

    Its ops are records too, and have run by now; behind what it was given stand their results.
    `needs` are the tensors that a function inside of a graph reads besides; see `Closure`.
    """
    sources = record.detail.sources
    results = inputs[len(sources) :]
    if len(results) != len(record.outs):
        raise CannotReplayError(f"`{record.kind.split()[-1]}` gave back what it was given")
    backward, dtypes = record.detail.backward, record.detail.dtypes
    if isinstance(record.attrs, Closure):
        backward = _running(record.attrs, needs)
    if backward is None:
        # Nothing came back to it in this step, or it was traced before anyone looked on. The ops
        # themselves may have the same gradient: the step is held against what was observed.
        return [identity(one) for one in results]
    made = [cut(one) for one in results]
    given = inputs[: len(sources)]

    def own(*gradients: Any) -> Any:
        pairs = zip(gradients, results, dtypes, strict=True)
        answer = backward(*(fitted(dense(g), one.shape, dtype) for g, one, dtype in pairs))
        answers = answer if isinstance(answer, (list, tuple)) else [answer]
        return [
            None if a is None else fitted(dense(a), one.shape, one.dtype)
            for a, one in zip(answers, given, strict=False)
        ]

    recorded("custom_gradient", made, given, own)
    return made


def _running(closure: Closure, needs: Mapping[int, Any]) -> Callable[..., list[Any]]:
    """The function, op by op."""

    def backward(*gradients: Any) -> list[Any]:
        known: dict[int, Any] = dict(needs)
        known |= {t._id: g for t, g in zip(closure.arrived, gradients, strict=True)}
        return [
            None if one is None else evaluated(one, known, Wider(), narrow=True)
            for one in closure.answers
        ]

    return backward
