"""Through which files `check` did not follow gradients to the end, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whygrad.model.report import NotFollowed
from whygrad.source.project.project import Project


def not_followed(project: Project) -> tuple[tuple[NotFollowed, ...], int]:
    """These files in order, and how many there were to follow. None where no cause asked for it."""
    every = project.answers.get("programs")
    if every is None:
        return (), 0
    # Here and not above: a check of a folder without a program need not load what follows one.
    from whygrad.source.dataflow.program import Programs

    assert isinstance(every, Programs)
    rows = [
        *((path, False, reason) for path, reason in every.failed.items()),
        *((path, True, "as it makes too many calls") for path in every.shortened),
    ]
    left = (
        NotFollowed(project.shown(path), partly, why)
        for path, partly, why in rows
        if path not in project.around
    )
    return tuple(sorted(left, key=lambda one: (one.partly, one.path))), every.asked


def told_of(left: Sequence[NotFollowed], asked: int) -> Iterator[str]:
    """One sentence, however many they are."""
    if not left:
        return
    whole = [one for one in left if not one.partly]
    partly = [one for one in left if one.partly]
    missed = "`check` may have missed something there"
    if len(left) == 1:
        (one,) = left
        how = "only in part" if one.partly else "not"
        yield f"{one.path}: gradients were {how} followed, {one.reason}: {missed}"
        return
    several = [f"{len(whole)} were not followed"] if whole else []
    several += [f"{len(partly)} were followed only in part"] if partly else []
    yield (
        f"of {asked} files that train or cut gradients, {' and '.join(several)}: {missed}"
        " (`--statistics` lists them)"
    )
