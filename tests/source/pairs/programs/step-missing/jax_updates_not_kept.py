import equinox as eqx
import jax
import jax.numpy as jnp
import optax


@eqx.filter_value_and_grad
def loss_fn(model, x, y):
    return jnp.mean((jax.vmap(model)(x) - y) ** 2)


model = eqx.nn.MLP(4, 1, 8, 2, key=jax.random.PRNGKey(0))
optimizer = optax.adam(1e-3)
state = optimizer.init(eqx.filter(model, eqx.is_array))
x = jnp.ones((8, 4))
for _ in range(10):
    loss, grads = loss_fn(model, x, x[:, :1])
    updates, state = optimizer.update(grads, state)
    eqx.apply_updates(model, updates)  # <- step-missing: model
    # fix: model = eqx.apply_updates(model, updates)
