"""Which tensor holds which value: identity, new values by writing in place, shared memory.

A tensor is known by `id` together with a weak reference that must still give that very tensor,
since ids are given again. Nothing is kept alive and nothing is written on a tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from weakref import ref

import torch

from whygrad.backends.torch.adopt import grad_fn, is_leaf, live_nodes, roots

# What an entry of the table holds, by position. It is a plain list: the table is read and
# written at every op.
REF: Final = 0
VALUE: Final = 1
GRAD: Final = 2
"""`requires_grad` when it was last seen."""
FIRST: Final = 3
"""The first value in this step."""
GROUP: Final = 4
"""The entries that share its memory, or None."""
LINK: Final = 5
"""Entries of a group with the same link are views of one another to autograd too."""

FLOATING: Final = 1
REQUIRES: Final = 2
LEAF: Final = 4
"""Only for what requires gradient."""

INTEGERS: Final = frozenset(
    d
    for d in vars(torch).values()
    if isinstance(d, torch.dtype) and not d.is_floating_point and not d.is_complex
)

Entry = list[Any]


class Values:
    """The values of one step. `adopted` collects what was found by asking autograd."""

    def __init__(self) -> None:
        self.table: dict[int, Entry] = {}
        self.count = 0
        self.flags = bytearray()
        self.wrapped = False
        """Whether a tensor of `torch.func` was met, so that results need unwrapping."""
        self.adopted: list[tuple[int, tuple[int, ...], str]] = []
        """Value, the values it hangs on, the name of its autograd node; emptied by the tape."""
        self.met: Callable[[int, Any], None] | None = None
        """Told of every tensor that the step reads and did not make."""
        self._links = 0
        self._index: tuple[int, dict[Any, int]] = (-1, {})

    def clear(self) -> None:
        """Forget everything, for a new step."""
        self.table.clear()
        self.flags = bytearray()  # the old one may belong to a program by now
        self.adopted.clear()
        self.count = 0
        self.wrapped = False
        self._index = (-1, {})

    def entry(self, tensor: Any) -> Entry | None:
        """Give the tensor's entry, if it is known."""
        found = self.table.get(id(tensor))
        return found if found is not None and found[REF]() is tensor else None

    def number(self, tensor: Any) -> int:
        """Give the tensor's present value; one not known yet is met."""
        found = self.table.get(id(tensor))
        if found is not None and found[REF]() is tensor and tensor.requires_grad is found[GRAD]:
            return int(found[VALUE])
        return self.meet(tensor)

    def fresh(self, tensor: Any) -> int:
        """Number what an op has just made."""
        value = self._numbered(tensor)
        if self.wrapped:
            self._share_with_base(tensor, value)
        return value

    def rewritten(self, tensor: Any) -> tuple[int, int]:
        """Give a tensor that was written in place its next value: the old one and the new."""
        found = self.entry(tensor)
        if found is None:
            old = self.meet(tensor)
            found = self.table[id(tensor)]
        else:
            old = found[VALUE]
        found[GRAD] = requires = tensor.requires_grad
        found[VALUE] = new = self._next(_flags(tensor, requires, asks_leaf=True))
        return old, new

    def share(self, view: Any, base: Any, *, linked: bool) -> None:
        """Note that two tensors share memory; `linked` where autograd knows it as well."""
        one, other = self.entry(view), self.entry(base)
        if one is None or other is None or one is other:
            return
        group = other[GROUP]
        if group is None:
            self._links += 1
            group = other[GROUP] = [other]
            other[LINK] = self._links
        if one[GROUP] is not group:
            group.append(one)
            one[GROUP] = group
        if linked:
            one[LINK] = other[LINK]
        else:
            self._links += 1
            one[LINK] = self._links

    def sharers(self, tensor: Any) -> Iterator[tuple[Any, bool]]:
        """Other live tensors over the same memory, and whether autograd links them."""
        found = self.entry(tensor)
        if found is None or found[GROUP] is None:
            return
        group: list[Entry] = found[GROUP]
        if len(group) > 8:
            group[:] = [e for e in group if e[REF]() is not None]
        for other in tuple(group):
            if other is not found:
                alive = other[REF]()
                if alive is not None:
                    yield alive, other[LINK] == found[LINK]

    def meet(self, tensor: Any) -> int:
        """Number a tensor that no op of this step has made, or that changed out of sight."""
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
            with torch._C.DisableTorchFunctionSubclass():
                return self._meet(tensor)
        return self._meet(tensor)

    def _meet(self, tensor: Any) -> int:
        base = base_of(tensor)
        if base is not tensor:
            self.wrapped = True
            value = self.number(base)
            self.table[id(tensor)] = [ref(tensor), value, tensor.requires_grad, value, None, 0]
            return value
        found = self.entry(tensor)
        if tensor.requires_grad and grad_fn(tensor) is not None:
            return self._adopt(tensor, found)
        if found is None:
            value = self._numbered(tensor)
            if self.met is not None:
                self.met(value, tensor)
            return value
        old, new = self.rewritten(tensor)
        self.adopted.append((new, (old,), ""))
        return new

    def _adopt(self, tensor: Any, found: Entry | None) -> int:
        """Ask autograd what the tensor was made of: a scripted module, an extension, the past."""
        node = tensor.grad_fn
        if self._index[0] != self.count:
            self._index = (self.count, live_nodes(self.table.values()))
        index = {key: value for key, value in self._index[1].items() if key != (node, 0)}
        leaves, values = roots(node, index)
        sources = dict.fromkeys(values)
        sources.update(dict.fromkeys(self.number(leaf) for leaf in leaves))
        if found is not None:
            sources[found[VALUE]] = None
            value = self.rewritten(tensor)[1]
        else:
            value = self._numbered(tensor)
        # The nodes were only borrowed; keeping them would keep activations alive.
        self._index = (-1, {})
        self.adopted.append((value, tuple(sources), node.name()))
        if self.met is not None:
            with torch._C.DisableTorchFunction(), torch.no_grad():
                self.met(value, tensor.detach())
        return value

    def _numbered(self, tensor: Any) -> int:
        requires = tensor.requires_grad
        value = self._next(_flags(tensor, requires, asks_leaf=True))
        self.table[id(tensor)] = [ref(tensor), value, requires, value, None, 0]
        return value

    def _next(self, flags: int) -> int:
        value = self.count
        self.count = value + 1
        self.flags.append(flags)
        return value

    def _share_with_base(self, tensor: Any, value: int) -> None:
        """Every layer inside a wrapper is the same value; any of them may ask for gradient."""
        functorch = torch._C._functorch
        while functorch.is_functorch_wrapped_tensor(tensor):
            tensor = functorch.get_unwrapped(tensor)
            requires = tensor.requires_grad
            self.table[id(tensor)] = [ref(tensor), value, requires, value, None, 0]
            if requires:
                self.flags[value] |= FLOATING | REQUIRES


def is_wrapped(tensor: Any) -> bool:
    """Whether it is a tensor inside a transform of `torch.func`."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


def base_of(tensor: Any) -> Any:
    """Give the tensor inside the wrappers of `torch.func` (grad, vmap)."""
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor


def _flags(tensor: Any, requires: bool, *, asks_leaf: bool) -> int:
    if requires:
        return FLOATING | REQUIRES | (LEAF if asks_leaf and is_leaf(tensor) else 0)
    return 0 if tensor.dtype in INTEGERS else FLOATING


def tensors_in(item: Any) -> list[Any]:
    """The tensors in nested lists, tuples and dicts, in order."""
    if isinstance(item, torch.Tensor):
        return [item]
    found = []
    todo = [item]
    while todo:
        item = todo.pop()
        if isinstance(item, torch.Tensor):
            found.append(item)
        elif isinstance(item, (list, tuple)):
            todo.extend(reversed(item))
        elif isinstance(item, dict):
            todo.extend(reversed(item.values()))
    return found
