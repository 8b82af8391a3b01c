"""Which optimizer of Keras or TensorFlow holds what, as `shared.holding` asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whygrad.backends.shared.holding import Holding


class Holdings(Holding):
    """Variables have keys that nothing else gets."""

    def _things(self, held: Any, optimizer: Any) -> Iterable[tuple[int, Any]]:
        found: Iterable[tuple[int, Any]] = self._optimizers.held_by(held, optimizer)
        return found

    def _earlier(self, key: int, thing: Any) -> Iterable[tuple[str, str]]:
        found: Iterable[tuple[str, str]] = self._models.earlier.get(key, ())
        return found

    def _also(self, current: Any, *, changed: bool) -> None:
        super()._also(current, changed=True)
