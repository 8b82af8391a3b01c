"""`nnx.grad` is for the first argument, unless `argnums` says otherwise."""

import jax.numpy as jnp
import optax
from flax import nnx

rngs = nnx.Rngs(0)
encoder, decoder = nnx.Linear(4, 2, rngs=rngs), nnx.Linear(2, 4, rngs=rngs)
optimizer = nnx.Optimizer(encoder, optax.adam(1e-2), wrt=nnx.Param)
# fix+ second = nnx.Optimizer(decoder, optax.adam(1e-2), wrt=nnx.Param)


def loss_fn(encoder, decoder, x):
    return jnp.mean((decoder(nnx.tanh(encoder(x))) - x) ** 2)


for _ in range(5):
    x = jnp.ones((8, 4))
    grads = nnx.grad(loss_fn)(encoder, decoder, x)  # <- warning not-in-optimizer: decoder
    # fix: grads, others = nnx.grad(loss_fn, argnums=(0, 1))(encoder, decoder, x)
    optimizer.update(encoder, grads)
    # fix+ second.update(decoder, others)
