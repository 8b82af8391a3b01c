"""A place apart: what runs inside draws, warns, prints and listens on its own."""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from typing import Any
from weakref import WeakSet

import torch
from torch import overrides
from torch.utils._python_dispatch import _disable_current_modes

from whygrad.backends.torch.replay.capture import autocast_state
from whygrad.backends.torch.replay.random import set_states, states_of

_push: Callable[[Any], None] = overrides._push_mode
_pop: Callable[[], Any] = overrides._pop_mode

LISTENING: WeakSet[Any] = WeakSet()
"""Those whose `active` is turned off meanwhile: what runs here is not the person's."""


Cast = Callable[[Any], None]


@contextmanager
def apart(dtype: Any, device: Any = None) -> Iterator[Cast]:
    """Put aside torch's modes, autocast, anomaly mode, random states, warnings and output.

    Gives what turns autocast to a state of `capture.autocast_state`.
    """
    states = states_of()
    before = torch.get_default_dtype()
    modes = _take_modes()
    deaf = [listener for listener in list(LISTENING) if listener.active]
    anomaly = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
    outside, casting = _autocast_now(), autocast_state() is not None
    for listener in deaf:
        listener.active = False
    sink = io.StringIO()
    try:
        torch.set_default_dtype(dtype)
        torch.autograd.set_detect_anomaly(False)
        with (
            _disable_current_modes(),
            torch.inference_mode(False),
            torch.enable_grad(),
            nullcontext() if device is None else torch.device(device),
            warnings.catch_warnings(),
            redirect_stdout(sink),
            redirect_stderr(sink),
        ):
            warnings.simplefilter("ignore")
            cast = functools.partial(_autocast, casting)
            cast(None)
            yield cast
    finally:
        _put_autocast(outside)
        torch.autograd.set_detect_anomaly(*anomaly)
        torch.set_default_dtype(before)
        for mode in modes:
            _push(mode)
        for listener in deaf:
            listener.active = True
        set_states(states)


def _take_modes() -> list[Any]:
    """Take every function mode off torch's stack; gives them in the order to put back."""
    found = []
    while torch._C._len_torch_function_stack():
        found.append(_pop())
    return found[::-1]


_DEVICES = ("cpu", "cuda", "mps", "xpu")


def _autocast(shared: bool, state: Any) -> None:
    """Where the person's own autocast is on (`shared`), its cache of cast weights is left alone."""
    wanted = dict(state[0]) if state is not None else {}
    for device in _DEVICES:
        try:
            torch.set_autocast_enabled(device, device in wanted)
            if device in wanted:
                torch.set_autocast_dtype(device, wanted[device])
        except (RuntimeError, TypeError):
            continue  # a device that this torch cannot cast on
    torch.set_autocast_cache_enabled(not shared and (state is None or state[1]))
    if state is None and not shared:
        torch.clear_autocast_cache()


def _autocast_now() -> tuple[list[tuple[str, bool, Any]], bool]:
    found = []
    for device in _DEVICES:
        try:
            now = device, torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)
        except (RuntimeError, TypeError):
            continue
        found.append(now)
    return found, torch.is_autocast_cache_enabled()


def _put_autocast(settings: tuple[list[tuple[str, bool, Any]], bool]) -> None:
    found, cache = settings
    if not any(enabled for _, enabled, _ in found):
        torch.clear_autocast_cache()
    for device, enabled, dtype in found:
        torch.set_autocast_enabled(device, enabled)
        torch.set_autocast_dtype(device, dtype)
    torch.set_autocast_cache_enabled(cache)
