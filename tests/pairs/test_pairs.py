"""Every pair through what `whygrad run` does: the cause, the line, the variables, and nothing else.

The mended twin must be without errors and warnings, and the variables in question must train.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_check import as_marked, proved, silent_when_mended, unproved
from tests.pairs.pair_format import Pair, pairs
from tests.pairs.pair_worker import Worker

pytest.importorskip("torch")


Seen = Callable[[Pair], dict[str, Any]]


@pytest.mark.parametrize("pair", list(pairs()), ids=lambda pair: pair.id)
def test_pair(pair: Pair, seen: Seen, worker: Worker, tmp_path: Path) -> None:
    answer = seen(pair)
    as_marked(pair, answer)
    assert not (told := list(unproved(pair, answer))), "\n".join(told)
    silent_when_mended(pair, worker, tmp_path)


def test_most_pairs_are_proved(seen: Seen, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 85% of all pairs: every error and warning of them is shown by a replay."""
    shown = {pair.id: proved(seen(pair)) for pair in pairs()}
    share = sum(shown.values()) / len(shown)
    with capsys.disabled():
        print(f" proved {sum(shown.values())} of {len(shown)} pairs ({share:.0%})", end="")
    assert share >= 0.85, sorted(id for id, holds in shown.items() if not holds)
