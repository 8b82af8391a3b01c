import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from nets import Encoder


@eqx.filter_jit
def step(model, state, x, y):
    def loss_fn(model):
        return jnp.mean((jax.vmap(model)(x) - y) ** 2)

    loss, grads = eqx.filter_value_and_grad(loss_fn)(model)
    updates, state = optimizer.update(grads, state, model)
    return eqx.apply_updates(model, updates), state, loss


model = Encoder(jax.random.PRNGKey(0))
optimizer = optax.adam(1e-3)
state = optimizer.init(eqx.filter(model, eqx.is_array))
x = jnp.ones((8, 4))
for _ in range(10):
    model, state, loss = step(model, state, x, x[:, :2])
