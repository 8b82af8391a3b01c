from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pairs.pair_worker import Worker

PLAIN = Path(__file__).parent / "pairs"
Workers = Callable[[str], Worker]


@pytest.fixture(scope="session")
def worker_for() -> Iterator[Workers]:
    """One process for each backend of Keras."""
    made: dict[str, Worker] = {}

    def worker(backend: str) -> Worker:
        if backend not in made:
            made[backend] = Worker("keras", PLAIN, KERAS_BACKEND=backend)
        return made[backend]

    yield worker
    for one in made.values():
        one.close()
