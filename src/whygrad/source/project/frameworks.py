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
_IMPORT: Final = re.compile(rb"import[ \t(*]+")
_FROM: Final = re.compile(rb"[ \t]*from[ \t]+([\w.]+)[ \t]*\Z")


def names_a_framework(data: bytes) -> bool:
    """Whether any of the words stands in a file: quick, before it is parsed."""
    return _WORDS.search(data) is not None


def imports_in(data: bytes) -> frozenset[str]:
    """The modules that a file seems to import, read off its lines. May hold too many."""
    found: set[str] = set()
    for match in _IMPORT.finditer(data):
        line = data.rfind(b"\n", 0, match.start()) + 1
        head = data[line : match.start()]
        several = b"(" in match.group() or data[match.end() : match.end() + 1] == b"("
        end = data.find(b")" if several else b"\n", match.end())
        names = _first_words(data[match.end() : end if end >= 0 else len(data)])
        if not head.strip() or head.rstrip().endswith((b";", b":")):
            found.update(names)
            continue
        module = _FROM.search(head)
        if module is not None:
            base = module[1].decode("ascii", "ignore")
            dot = "" if base.endswith(".") else "."
            found.add(base)
            found.update(f"{base}{dot}{name}" for name in names)
    return frozenset(found)


def _first_words(names: bytes) -> list[str]:
    """`a as b, c` to `a` and `c`."""
    words = []
    for part in names.split(b","):
        lines = [line.partition(b"#")[0] for line in part.split(b"\n")]
        word = b" ".join(lines).strip(b" \t\r(\\;").split()
        words += [word[0].decode("ascii", "ignore")] if word else []
    return words


def frameworks_of(imported: frozenset[str]) -> frozenset[str]:
    """The frameworks that imports name directly."""
    found = {FRAMEWORKS.get(name.split(".")[0]) for name in imported}
    return frozenset(name for name in found if name is not None)
