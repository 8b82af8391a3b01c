from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pairs.pair_format import Pair
from tests.pairs.pair_worker import Worker


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


@pytest.fixture(scope="session")
def seen(worker: Worker) -> Callable[[Pair], dict[str, Any]]:
    """What `whygrad run` says of the broken program of a pair; each is run once."""
    answers: dict[str, dict[str, Any]] = {}

    def answer(pair: Pair) -> dict[str, Any]:
        if pair.id not in answers:
            script = str(pair.folder / pair.main)
            answers[pair.id] = worker.ask(kind="whygrad", script=script)
        return answers[pair.id]

    return answer
