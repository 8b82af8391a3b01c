import equinox as eqx
import jax
import jax.numpy as jnp
import optax

BATCH = 32
model = eqx.nn.MLP(4, 1, 8, 2, key=jax.random.PRNGKey(0))
optimizer = optax.sgd(0.1 * (BATCH // 256))  # <- zero-learning-rate: -
# fix: optimizer = optax.sgd(0.1 * (BATCH / 256))
state = optimizer.init(eqx.filter(model, eqx.is_array))
x = jnp.ones((BATCH, 4))
for _ in range(10):
    grads = eqx.filter_grad(lambda m: jnp.mean(jax.vmap(m)(x) ** 2))(model)
    updates, state = optimizer.update(grads, state)
    model = eqx.apply_updates(model, updates)
