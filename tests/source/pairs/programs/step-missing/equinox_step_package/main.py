import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from fit import make_step


def loss_fn(model, x, y):
    return jnp.mean((jax.vmap(model)(x) - y) ** 2)


model = eqx.nn.MLP(4, 1, 8, 2, key=jax.random.key(0))
optimizer = optax.adam(1e-3)
state = optimizer.init(eqx.filter(model, eqx.is_array))
step = make_step(optimizer, loss_fn)
for _ in range(5):
    _, state, loss = step(model, state, jnp.ones((8, 4)), jnp.zeros((8, 1)))  # <- warning step-missing: model
    # fix: model, state, loss = step(model, state, jnp.ones((8, 4)), jnp.zeros((8, 1)))
    print(loss)
