import jax
import jax.numpy as jnp
import optax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1, name="out")(x)


def train(model, x, steps):
    params = model.init(jax.random.PRNGKey(0), x)
    optimizer = optax.adam(1e-3)
    state = optimizer.init(params)
    for _ in range(steps):
        loss, grads = jax.value_and_grad(lambda p: jnp.mean(model.apply(p, x) ** 2))(params)
        updates, state = optimizer.update(grads, state)
        new = optax.apply_updates(params, updates)  # <- step-missing: out
        # fix: params = optax.apply_updates(params, updates)
        print(loss)
    return params


train(Net(), jnp.ones((8, 4)), 10)
