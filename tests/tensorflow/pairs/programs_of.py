"""The programs of this folder, and the backends of Keras on which each is run.

`tf_*` is plain TensorFlow, `tfk_*` Keras 2, `keras_*` Keras 3 over TensorFlow; `keras_any_*` speaks
of no backend and is run on all three.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.pairs.pair_format import Pair, pairs

PROGRAMS = Path(__file__).parent / "programs"
ELSEWHERE = tuple(name for name in ("torch", "jax") if find_spec(name))
"""Keras runs on these too, where they are installed."""


def programs() -> Iterator[Pair]:
    """All of them: every one runs on TensorFlow."""
    return pairs(PROGRAMS)


def neutral() -> Iterator[Pair]:
    """Those that run on the other backends as well."""
    return (pair for pair in programs() if named(pair).startswith("keras_any_"))


def named(pair: Pair) -> str:
    """The name of its file or folder."""
    return pair.id.rpartition("/")[2]
