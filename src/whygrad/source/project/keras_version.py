"""Whether a file's Keras is Keras 2 or Keras 3, and how that is known.

They differ in what a layer tracks. It is decided by the import, then by what the project asks for,
by what is installed, by what the code itself uses; else it is assumed to be Keras 3.
"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from whygrad.source.project.declared import asked_for
from whygrad.source.project.project import Project

_LEGACY: Final = re.compile(r"TF_USE_LEGACY_KERAS")
_ONLY_2: Final = re.compile(
    r"\b(?:keras|K|backend)\.(?:get_session|set_session|set_learning_phase|learning_phase)\b"
    r"|\b(?:keras|layers)\.experimental\b|keras\.layers\.experimental|keras\.optimizers\.legacy"
    r"|keras\.wrappers\b|keras\.engine\b|keras\.utils\.generic_utils|\btf\.contrib\b"
    r"|tensorflow\.contrib|\btf\.(?:Session|placeholder|get_variable|variable_scope|layers)\b"
    r"|compat\.v1\b|keras\.estimator|\bCuDNN(?:LSTM|GRU)\b|keras\.backend\.tensorflow_backend"
    r"|tensorflow_addons"
)
_ONLY_3: Final = re.compile(
    r"\bkeras\.(?:ops|random|Variable|KerasTensor|DTypePolicy|distribution|tree|src)\b"
    r"|from keras import [^\n]*\b(?:ops|random)\b|KERAS_BACKEND|\bkeras_hub\b"
)
_INSTALLED: Final = re.compile(r"keras-(\d+)\.([\w.]+)\.dist-info")


class Keras(NamedTuple):
    """Which Keras it is."""

    major: int
    certain: bool
    why: str
    """A clause: "`tensorflow>=2.16` in pyproject.toml"."""


def keras_of(project: Project, path: str) -> Keras:
    """The Keras that a file's `tf.keras`, or `keras`, is."""
    folder = os.path.dirname(path)  # noqa: PTH120
    # Scripts for old checkpoints may lie beside layers of today: then each file tells for itself.
    key = ("keras", path if _words(project) >= {"2", "3"} else folder)
    if key not in project.answers:
        project.answers[key] = _decided(project, path)
    found: Keras = project.answers[key]  # type: ignore[assignment]
    return found


def _decided(project: Project, path: str) -> Keras:
    texts = _words(project)
    if "legacy" in texts:
        return Keras(2, True, "`TF_USE_LEGACY_KERAS` is set")
    asked = asked_for(path, project.asking)
    if asked is not None:
        where = f"`{asked.text}` in {asked.path}"
        if asked.major is None:
            return Keras(3, False, f"{where} allows Keras 3, where Keras 2 would track it")
        return Keras(asked.major, True, f"{where} means Keras {asked.major}")
    if {"2", "3"} <= texts and _is_of_3(project.text(path)):
        return Keras(3, True, "the file uses what only Keras 3 has")
    if "2" in texts:
        return Keras(2, True, "the code uses what Keras 3 no longer has")
    installed = _installed(project)
    if installed:
        return Keras(int(installed[0]), True, f"Keras {installed} is installed")
    if "3" in texts:
        return Keras(3, True, "the code uses what only Keras 3 has")
    return Keras(
        3, False, "Keras 3 is assumed, since nothing says which it is: Keras 2 would track it"
    )


def _is_of_3(text: str) -> bool:
    return _ONLY_3.search(text) is not None and _ONLY_2.search(text) is None


def _words(project: Project) -> frozenset[str]:
    """Which of the telling words stand anywhere in the project."""
    if "keras words" not in project.answers:
        found = set()
        for path in project.files():
            if not project.frameworks[path] & {"tensorflow", "keras"}:
                continue
            text = project.text(path)
            for word, pattern in (("legacy", _LEGACY), ("2", _ONLY_2), ("3", _ONLY_3)):
                if word not in found and pattern.search(text):
                    found.add(word)
        project.answers["keras words"] = frozenset(found)
    words: frozenset[str] = project.answers["keras words"]  # type: ignore[assignment]
    return words


def _installed(project: Project) -> str:
    """The version of Keras in the folders of installed packages: `3.15`."""
    for folder in project.layout.installed:
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            match = _INSTALLED.fullmatch(name)
            if match is not None:
                return f"{match[1]}.{match[2].partition('.')[0]}"
    return ""
