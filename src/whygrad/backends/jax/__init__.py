"""The JAX backend: Keras 3 on JAX. Nothing here imports JAX before the person's own code did."""

from __future__ import annotations

from whygrad.runtime.backend import Backend, Observer, Session


def _attach(session: Session) -> Observer:
    from whygrad.backends.jax import versions

    lacking = versions.missing()
    if lacking is not None:
        from whygrad.backends.jax.unsupported import Unsupported

        return Unsupported(lacking)
    from whygrad.backends.jax.observer import attach

    return attach(session)


BACKEND = Backend(name="jax", wakes_on="jax", attach=_attach)
