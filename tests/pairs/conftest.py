from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pairs.pair_worker import Worker


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()
