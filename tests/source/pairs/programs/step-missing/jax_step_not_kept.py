import jax
import jax.numpy as jnp
import optax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1, name="out")(nn.relu(nn.Dense(8, name="hidden")(x)))


model = Net()
optimizer = optax.sgd(0.1)
x = jnp.ones((8, 4))
params = model.init(jax.random.PRNGKey(0), x)
state = optimizer.init(params)


@jax.jit
def step(params, state, x, y):
    loss, grads = jax.value_and_grad(lambda p: jnp.mean((model.apply(p, x) - y) ** 2))(params)
    updates, state = optimizer.update(grads, state)
    return optax.apply_updates(params, updates), state, loss


for _ in range(10):
    step(params, state, x, x[:, :1])  # <- warning step-missing: out, hidden
    # fix: params, state, loss = step(params, state, x, x[:, :1])
