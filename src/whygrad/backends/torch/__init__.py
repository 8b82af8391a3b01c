"""The PyTorch backend. Nothing here imports torch before the person's own code did."""

from __future__ import annotations

from whygrad.runtime.backend import Backend, Observer, Session


def _attach(session: Session) -> Observer:
    from whygrad.backends.torch.observer import attach

    return attach(session)


BACKEND = Backend(name="torch", wakes_on="torch", attach=_attach)
