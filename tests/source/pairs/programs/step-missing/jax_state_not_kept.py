import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training import train_state


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1, name="out")(nn.relu(nn.Dense(8, name="hidden")(x)))


model = Net()
x = jnp.ones((8, 4))
params = model.init(jax.random.PRNGKey(0), x)
state = train_state.TrainState.create(apply_fn=model.apply, params=params, tx=optax.adam(1e-3))
for _ in range(10):
    grads = jax.grad(lambda p: jnp.mean(model.apply(p, x) ** 2))(state.params)
    state.apply_gradients(grads=grads)  # <- step-missing: -
    # fix: state = state.apply_gradients(grads=grads)
