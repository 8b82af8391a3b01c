import jax
import jax.numpy as jnp
import optax
from flax import linen as nn


class Probe(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.relu(nn.Dense(8, name="features")(x))
        h = jax.lax.stop_gradient(h)  # <- detached: features
        # fix:
        return nn.Dense(1, name="probe")(h)


model = Probe()
x = jnp.ones((8, 4))
params = model.init(jax.random.PRNGKey(0), x)
optimizer = optax.adam(1e-3)
state = optimizer.init(params)


@jax.jit
def step(params, state):
    grads = jax.grad(lambda p: jnp.mean(model.apply(p, x) ** 2))(params)
    updates, state = optimizer.update(grads, state, params)
    return optax.apply_updates(params, updates), state


for _ in range(10):
    params, state = step(params, state)
