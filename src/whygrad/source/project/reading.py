"""Reads many files on all cores: each once, and parsed only where there may be something in it."""

from __future__ import annotations

import gc
import marshal
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import whygrad
from whygrad.source.facts.hints import may_give
from whygrad.source.facts.signs import KEEPS
from whygrad.source.project.cache import Cache
from whygrad.source.project.frameworks import frameworks_of
from whygrad.source.project.layout import Layout
from whygrad.source.project.on_disk import read_bytes
from whygrad.source.project.scanning import Look, Scanned, digest_of, scan

if TYPE_CHECKING:
    import subprocess

_WORTH_A_PROCESS: Final = 1_500_000
"""Bytes. Starting another Python takes as long as parsing half of this."""


_AROUND: Final = 2_000_000
"""Bytes of files that are read since the named ones import them, the nearest first."""

_SMALL: Final = 2_000_000
"""Bytes. So much is parsed in no time, and then every file that is no Python can be told."""


class Job(NamedTuple):
    """A file to be scanned."""

    path: str
    look: int


Result = tuple[str, Scanned]


def read_all(
    paths: Sequence[str], named: Iterable[str], layout: Layout, cache: Cache, *, jobs: int
) -> dict[str, Scanned]:
    """The facts of the files, and of those around them that they import, by path. Those `named`
    one by one are parsed whatever they say.
    """
    wanted = frozenset(named)
    quick = _is_large(paths)
    rest = Look.WORDS if quick else Look.ALL
    first = [Job(path, Look.FACTS if path in wanted else rest) for path in paths]
    found: dict[str, Scanned] = dict(_read(first, cache, jobs=jobs))
    read_around(found, layout, cache, jobs=jobs)
    # A file may reach a framework through the project alone: `from .layers import Block`.
    rest = Look.TEXT if quick else Look.FACTS
    more = [Job(p, rest) for p in reaching(found, layout) if found[p].look == Look.WORDS]
    found.update(_read(more, cache, jobs=jobs))
    found.update(_read(list(_helping(found, layout)), cache, jobs=jobs))
    return found


def read_around(found: dict[str, Scanned], layout: Layout, cache: Cache, *, jobs: int) -> None:
    """Add the files of the project that the found ones import, over however many others."""
    left = _AROUND
    todo = list(found)
    while todo:
        wanted: dict[str, None] = {}
        asked: set[tuple[str, str]] = set()
        for path in todo:
            folder = path.rpartition("/")[0]
            for module in sorted(found[path].imported):
                if (folder, module) in asked:
                    continue
                asked.add((folder, module))
                target = layout.own(path, module) or layout.around(path, module)
                if target is None or target in found or target in wanted:
                    continue
                left -= _size(target)
                if left < 0:
                    break
                wanted[target] = None
        layout.add(wanted)
        found.update(_read([Job(path, Look.WORDS) for path in wanted], cache, jobs=jobs))
        todo = list(wanted)


def _is_large(paths: Sequence[str]) -> bool:
    total = 0
    for path in paths:
        total += _size(path)
        if total > _SMALL:
            return True
    return False


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)  # noqa: PTH202
    except OSError:
        return 0


def _helping(found: Mapping[str, Scanned], layout: Layout) -> Iterator[Job]:
    """The files whose functions may make what an object somewhere keeps."""
    keepers: dict[str, list[str]] = {}
    for path, scanned in found.items():
        for sign in scanned.signs:
            if sign.startswith(KEEPS):
                keepers.setdefault(sign, []).append(path)
    behind: dict[str, frozenset[str]] = {}
    for path, scanned in found.items():
        names = set()
        for name in scanned.helpers & keepers.keys():
            # A method is one's own, or of a base, which lies in a file that is imported.
            own = not name.startswith(f"{KEEPS}self.")
            if own or any(path in _behind(k, found, layout, behind) for k in keepers[name]):
                names.add(name)
        if names and may_give(read_text(path), frozenset(names)):
            yield Job(path, Look.FACTS)


def _behind(
    path: str, found: Mapping[str, Scanned], layout: Layout, known: dict[str, frozenset[str]]
) -> frozenset[str]:
    """A file, and those that it imports, over however many others."""
    if path not in known:
        seen = {path}
        todo = [path]
        while todo:
            file = todo.pop()
            for module in found[file].imported:
                target = layout.own(file, module)
                if target is not None and target in found and target not in seen:
                    seen.add(target)
                    todo.append(target)
        known[path] = frozenset(seen)
    return known[path]


def reaching(found: Mapping[str, Scanned], layout: Layout) -> dict[str, frozenset[str]]:
    """The files that reach a framework, and which ones, through whatever they import."""
    reached: dict[str, set[str]] = {}
    importers: dict[str, set[str]] = {}
    todo: list[str] = []
    for path, scanned in found.items():
        frameworks = frameworks_of(scanned.imported)
        if frameworks:
            reached[path] = set(frameworks)
            todo.append(path)
        for module in scanned.imported:
            target = layout.own(path, module)
            if target is not None and target in found:
                importers.setdefault(target, set()).add(path)
    while todo:
        path = todo.pop()
        for importer in importers.get(path, ()):
            known = reached.setdefault(importer, set())
            if not reached[path] <= known:
                known |= reached[path]
                todo.append(importer)
    return {path: frozenset(names) for path, names in reached.items()}


def _read(wanted: Sequence[Job], cache: Cache, *, jobs: int) -> Iterator[Result]:
    """From the cache where the content is known; the rest is scanned, and kept."""
    fresh: list[Job] = []
    sizes: dict[str, int] = {}
    if cache.empty:
        # Nothing to be asked: whoever scans a file reads it.
        fresh, sizes = list(wanted), {job.path: _size(job.path) for job in wanted}
        wanted = ()
    for job in wanted:
        data = _bytes(job.path)
        if isinstance(data, str):
            yield job.path, Scanned(b"", Look.FACTS, error=data)
            continue
        digest = _key(data, job.look)
        known = cache.get(digest)
        if known is not None:
            yield job.path, known
        else:
            fresh.append(job)
            sizes[job.path] = len(data)
    for path, scanned in _scan_all(fresh, sizes, jobs):
        cache.put(scanned)
        yield path, scanned


def _scan_all(wanted: Sequence[Job], sizes: Mapping[str, int], jobs: int) -> Iterator[Result]:
    count = min(jobs, 1 + sum(sizes.values()) // _WORTH_A_PROCESS)
    shares: list[list[Job]] = [[] for _ in range(max(1, count))]
    loads = [0] * len(shares)
    for job in sorted(wanted, key=lambda j: -sizes[j.path]):
        lightest = loads.index(min(loads))
        shares[lightest].append(job)
        loads[lightest] += sizes[job.path]
    workers = [_start(share) for share in shares[1:]]
    try:
        yield from _scan_here(shares[0])
        for worker, share in zip(workers, shares[1:], strict=True):
            yield from _finish(worker, share)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


def _scan_here(share: Iterable[Job]) -> Iterator[Result]:
    with _no_collection():
        found = [(job.path, _scan(job)) for job in share]
    yield from found


def _scan(job: Job) -> Scanned:
    data = _bytes(job.path)
    if isinstance(data, str):
        return Scanned(b"", Look.FACTS, error=data)
    return scan(job.path, data, _key(data, job.look), job.look)


def _start(share: Sequence[Job]) -> subprocess.Popen[bytes]:
    # Here and not above: it imports `threading`, which minds at exit that a script that is being
    # observed has deleted its `sys.stderr`.
    import subprocess

    # A plain child with a pipe: `multiprocessing` would fork a process that may have threads, or
    # run the person's `__main__` again. `-I` keeps their folder out of the child's imports.
    home = str(Path(whygrad.__file__).parent.parent)
    code = f"import sys; sys.path.insert(0, {home!r}); from {__name__} import work; work()"
    worker = subprocess.Popen(
        [sys.executable, "-I", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdin is not None
    with worker.stdin as pipe:
        pipe.write(marshal.dumps([tuple(job) for job in share]))
    return worker


def _finish(worker: subprocess.Popen[bytes], share: Sequence[Job]) -> Iterator[Result]:
    assert worker.stdout is not None
    with worker.stdout as pipe:
        data = pipe.read()
    if worker.wait() != 0:
        yield from _scan_here(share)
        return
    for path, row in marshal.loads(data):
        yield path, Scanned._make(row)


def work() -> None:
    """What a child process runs: jobs from standard input, facts to standard output."""
    share = [Job(*row) for row in marshal.loads(sys.stdin.buffer.read())]
    rows = [(path, tuple(scanned)) for path, scanned in _scan_here(share)]
    sys.stdout.buffer.write(marshal.dumps(rows))


def _bytes(path: str) -> bytes | str:
    try:
        return read_bytes(path)
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def read_text(path: str) -> str:
    """The text of a file for a quick search; empty where it cannot be read."""
    data = _bytes(path)
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _key(data: bytes, look: int) -> bytes:
    return digest_of(data) + bytes((look,))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Trees have no cycles: looking for some takes a tenth of the time of parsing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def default_jobs() -> int:
    """As many processes as this one may use cores."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
