"""Which optimizer of PyTorch holds what, as `shared.holding` asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from whygrad.backends.shared.holding import Holding
from whygrad.backends.torch.optimizers import parameters_of


class Holdings(Holding):
    """Tensors are known by their id, which another may get once they are gone."""

    def _things(self, held: Any, optimizer: Any) -> Iterator[tuple[int, Any]]:
        return ((id(tensor), tensor) for tensor in parameters_of(optimizer))

    def _earlier(self, key: int, thing: Any) -> Iterable[tuple[str, str]]:
        known = self._models.earlier.get(key, ())
        return [(kind, name) for ref, kind, name in known if ref() is thing]
