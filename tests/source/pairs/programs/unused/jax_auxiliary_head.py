import jax
import jax.numpy as jnp
import optax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.relu(nn.Dense(8, name="body")(x))
        return nn.Dense(2, name="main")(h), nn.Dense(3, name="aux")(h)  # <- unused: aux


def loss_fn(params, x, y):
    logits, aux = net.apply(params, x)
    loss = optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()
    # fix+ loss = loss + optax.softmax_cross_entropy_with_integer_labels(aux, y).mean()
    return loss


@jax.jit
def update(params, state, x, y):
    grads = jax.grad(loss_fn)(params, x, y)
    updates, state = optimizer.update(grads, state)
    return optax.apply_updates(params, updates), state


net = Net()
x, y = jnp.ones((8, 4)), jnp.arange(8) % 2
params = net.init(jax.random.key(0), x)
optimizer = optax.adam(1e-3)
state = optimizer.init(params)
for _ in range(3):
    params, state = update(params, state, x, y)
