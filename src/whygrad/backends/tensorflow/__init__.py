"""The TensorFlow backend. Nothing here imports TensorFlow before the person's own code did."""

from __future__ import annotations

from whygrad.runtime.backend import Backend, Observer, Session


def _attach(session: Session) -> Observer:
    from whygrad.backends.tensorflow.observer import attach

    return attach(session)


BACKEND = Backend(name="tensorflow", wakes_on="tensorflow", attach=_attach)
