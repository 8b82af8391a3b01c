"""Which files can reach a supported framework: by their own words, or by what they import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

FRAMEWORKS: Final[Mapping[str, str]] = {
    "torch": "torch",
    "torchvision": "torch",
    "torchaudio": "torch",
    "torchtext": "torch",
    "torch_geometric": "torch",
    "functorch": "torch",
    "lightning": "torch",
    "pytorch_lightning": "torch",
    "transformers": "torch",
    "diffusers": "torch",
    "peft": "torch",
    "accelerate": "torch",
    "timm": "torch",
    "fastai": "torch",
    "monai": "torch",
    "pyro": "torch",
    "gpytorch": "torch",
    "botorch": "torch",
    "speechbrain": "torch",
    "segmentation_models_pytorch": "torch",
    "stable_baselines3": "torch",
    "kornia": "torch",
    "ignite": "torch",
    "sentence_transformers": "torch",
    "tensorflow": "tensorflow",
    "tensorflow_probability": "tensorflow",
    "sonnet": "tensorflow",
    "keras": "keras",
    "tf_keras": "keras",
    "keras_hub": "keras",
    "keras_cv": "keras",
    "keras_nlp": "keras",
    "jax": "jax",
    "flax": "jax",
    "equinox": "jax",
    "haiku": "jax",
    "optax": "jax",
}
"""Packages by which a file reaches a framework."""

_WORDS: Final = re.compile(rb"\b(?:" + "|".join(FRAMEWORKS).encode() + rb")\b")
_IMPORT: Final = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*\(?([^\n#)]*)|import[ \t]+([^\n#;]+))",
    re.MULTILINE,
)


def names_a_framework(data: bytes) -> bool:
    """Whether any of the words stands in a file: quick, before it is parsed."""
    return _WORDS.search(data) is not None


def imports_in(data: bytes) -> frozenset[str]:
    """The modules that a file seems to import, read off its lines. May hold too many."""
    found: set[str] = set()
    for module, names, whole in _IMPORT.findall(data):
        if whole:
            found.update(_first_words(whole))
            continue
        base = module.decode("ascii", "ignore")
        dot = "" if base.endswith(".") else "."
        found.add(base)
        found.update(f"{base}{dot}{name}" for name in _first_words(names))
    return frozenset(found)


def _first_words(names: bytes) -> list[str]:
    """`a as b, c` to `a` and `c`."""
    return [p.split()[0].decode("ascii", "ignore") for p in names.split(b",") if p.strip()]


def frameworks_of(imported: frozenset[str]) -> frozenset[str]:
    """The frameworks that imports name directly."""
    found = {FRAMEWORKS.get(name.split(".")[0]) for name in imported}
    return frozenset(name for name in found if name is not None)
