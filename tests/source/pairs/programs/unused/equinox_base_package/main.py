import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from base import Residual


class Block(Residual):
    mlp: eqx.nn.MLP

    def __init__(self, width, key):
        self.mlp = eqx.nn.MLP(width, width, 2 * width, 1, key=key)

    def inner(self, x):
        return self.mlp(x)  # <- unused: self.mlp


class Model(eqx.Module):
    blocks: list
    head: eqx.nn.Linear

    def __init__(self, width, depth, key):
        *keys, last = jax.random.split(key, depth + 1)
        self.blocks = [Block(width, key) for key in keys]
        self.head = eqx.nn.Linear(width, 1, key=last)

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


@eqx.filter_jit
def step(model, state, x, y):
    loss, grads = eqx.filter_value_and_grad(lambda m: jnp.mean((jax.vmap(m)(x) - y) ** 2))(model)
    updates, state = optimizer.update(grads, state)
    return eqx.apply_updates(model, updates), state, loss


model = Model(4, 2, jax.random.key(0))
optimizer = optax.adam(1e-3)
state = optimizer.init(eqx.filter(model, eqx.is_array))
for _ in range(3):
    model, state, loss = step(model, state, jnp.ones((8, 4)), jnp.zeros((8, 1)))
