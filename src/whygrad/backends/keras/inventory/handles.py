"""How TensorFlow numbers dtypes, and the handles that name its variables."""

from __future__ import annotations

from typing import Any

RESOURCE, VARIANT = 20, 21
FLOATING = frozenset((1, 2, 8, 14, 18, 19, VARIANT))
"""What a tape can differentiate, as numbers of TensorFlow's `DataType`: real and complex floats,
and `variant`, which is a list of tensors.
"""


def handle_of(thing: Any) -> Any:
    """The handle of a variable, of any kind, or of a handle itself; None for a tensor."""
    enum = getattr(thing, "_datatype_enum", None)
    if enum is not None:
        return thing if enum() == RESOURCE else None
    # `keras.Variable.value` may run a cast, so what it wraps is asked.
    handle = getattr(getattr(thing, "_value", thing), "handle", None)
    return handle if hasattr(handle, "_datatype_enum") else None
