"""The pairs of source, run: beside each program lies a drive that trains what it holds.

`drives/CAUSE/NAME.py` has a function `drive(load)`. `load()` runs the program's entry file and gives its
module; before that, a drive can seed, or wrap what the program calls. It yields what the marked
variables hold, by name: first as they were made, then after each step. The names are those of the
marks; what the program does not have (a layer that only the mend makes) is left out. A drive uses the
framework alone, never whygrad.

    def drive(load):
        model = load().Net()
        yield {"self.scale": model.scale}
        ...
        yield {"self.scale": model.scale}

What stays with the broken program and moves with the mended one is the claim (`holds`). Where another
thing is claimed (gradients that pile up), the drive yields that under the variable's name: a value
that stays where the program is broken; and where nothing that has a name is concerned, under any
name. `RAISES = RuntimeError` tells that the broken program ends so. `moments.py` helps with programs
of PyTorch that train as they are loaded.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.pairs.pair_format import Pair, pairs

_HERE = Path(__file__).parent
DRIVES = _HERE / "drives"
ELSEWHERE = ("tf_", "tfk_", "keras_", "jax_", "nnx_", "equinox_")
"""How the names of those begin that are not of PyTorch."""
_NOBODY = "-"


def driven(*prefixes: str) -> list[Pair]:
    """The pairs whose names begin so; without, those of PyTorch."""
    found = [(pair, pair.id.partition("/")[2]) for pair in pairs(_HERE / "programs")]
    if prefixes:
        return [pair for pair, name in found if name.startswith(prefixes)]
    return [pair for pair, name in found if not name.startswith(ELSEWHERE)]


def holds(pair: Pair, folder: Path) -> None:
    """The broken program trains nothing of what is marked, and the mended one all of it."""
    for file in pair.files:
        path = folder / "broken" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((pair.folder / file).read_text())
    if raises := getattr(drive_of(pair), "RAISES", None):
        with pytest.raises(raises):
            moved(pair, folder / "broken")
    else:
        seen = moved(pair, folder / "broken")
        assert not any(seen.values()), seen
        marked = _names(pair, after=False)
        assert not marked or seen.keys() <= marked, seen
    pair.mend(folder / "mended")
    trains(pair, folder / "mended")


def trains(pair: Pair, folder: Path) -> None:
    """The program in the folder, however it was mended, trains what is marked."""
    seen = moved(pair, folder)
    marked = _names(pair, after=True)
    assert seen and all(seen.values()), seen
    assert not marked or seen.keys() == marked, seen


def _names(pair: Pair, *, after: bool) -> set[str]:
    return {n for m in pair.marks for n in (m.after if after else m.names) if n != _NOBODY}


def drive_of(pair: Pair) -> ModuleType:
    """The pair's drive, loaded."""
    path = DRIVES / f"{pair.id}.py"
    return _load(path, "drive_of_" + pair.id.replace("/", "_").replace("-", "_"))


def moved(pair: Pair, folder: Path) -> dict[str, bool]:
    """Which of the values that the drive yields change, with the program that lies in the folder."""
    drive = drive_of(pair)
    _seed()
    with _alone(folder):
        load = partial(_load, folder / pair.main, Path(pair.main).stem)
        values = [copied(seen) for seen in drive.drive(load)]
    assert len(values) > 1, "a drive yields before and after"
    first, last = values[0], values[-1]
    return {name: _differ(first[name], last[name]) for name in first.keys() & last.keys()}


def _seed() -> None:
    """Whatever the drive has imported begins with the same numbers."""
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
    if numbers := getattr(sys.modules.get("tensorflow"), "random", None):
        numbers.set_seed(0)


def copied(seen: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Numbers as they are now; a list of tensors, a tree in lists, a module of PyTorch: by piece."""
    return {name: [np.array(piece, copy=True) for piece in _pieces(v)] for name, v in seen.items()}


def _pieces(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for _, piece in sorted(value.items()):  # what `jax.jit` returns is sorted
            yield from _pieces(piece)
    elif isinstance(value, list | tuple):
        for piece in value:
            yield from _pieces(piece)
    elif hasattr(value, "named_parameters"):
        yield from _pieces([*value.parameters()])
    elif value is not None:
        yield value.detach().numpy() if hasattr(value, "detach") else value


def _differ(before: list[Any], after: list[Any]) -> bool:
    """A variable of several pieces (a layer) has moved where any of them has."""
    return any(not np.array_equal(b, a) for b, a in zip(before, after, strict=True))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The program's own files can be imported, and are forgotten afterwards; what it writes lies
    there.
    """
    known = set(sys.modules)
    before = Path.cwd()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path.remove(str(folder))
        for name in set(sys.modules) - known:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(folder):
                del sys.modules[name]


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
