"""Which calls draw random numbers, and the states of the generators before them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import torch

from whygrad.backends.torch.barriers import RANDOM

_DROPOUTS: Final = frozenset(
    ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
     "feature_dropout")
)  # fmt: skip

DRAWING: Final = (
    RANDOM
    | _DROPOUTS
    | frozenset(
        ("native_dropout", "rrelu", "gumbel_softmax", "scaled_dot_product_attention",
         "multi_head_attention_forward", "lstm", "gru", "rnn_tanh", "rnn_relu",
         "fractional_max_pool2d", "fractional_max_pool3d",
         "fractional_max_pool2d_with_indices", "fractional_max_pool3d_with_indices",
         "standard_gamma", "sample_dirichlet", "dirichlet", "binomial", "svd_lowrank",
         "pca_lowrank", "rand_like", "randn_like", "randint_like", "low_rank_multivariate_normal")
    )
)  # fmt: skip
"""Names of calls, without underscores."""


class States(NamedTuple):
    """Of the default generators, and of one that the call was given."""

    cpu: Any
    cuda: Any
    given: Any


def draws(name: str, args: Any, kwargs: Any) -> bool:
    """Whether this call draws, as far as its arguments tell."""
    if name in _DROPOUTS:
        return bool(args[2] if len(args) > 2 else kwargs.get("training", True))
    if name == "scaled_dot_product_attention":
        return bool(args[4] if len(args) > 4 else kwargs.get("dropout_p", 0.0))
    return True


def states_of(args: Any = (), kwargs: Any = None) -> States:
    """The states now. Asking waits for no device."""
    given = (kwargs or {}).get("generator")
    if given is None:
        given = next((a for a in args if isinstance(a, torch.Generator)), None)
    cuda = None
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        cuda = torch.cuda.get_rng_state()
    return States(
        torch.default_generator.get_state(),
        cuda,
        None if given is None else (given.device, given.get_state()),
    )


def set_states(states: States) -> None:
    """Put the default generators into these states."""
    torch.default_generator.set_state(states.cpu)
    if states.cuda is not None:
        torch.cuda.set_rng_state(states.cuda)


def generator_of(states: States) -> Any:
    """A generator of its own, in the state of the one that the call was given."""
    device, state = states.given
    generator = torch.Generator(device=device)
    generator.set_state(state)
    return generator
