import equinox as eqx
import jax
import jax.numpy as jnp
import optax

STEPS = 10
model = eqx.nn.MLP(4, 1, 8, 2, key=jax.random.key(0))
schedule = optax.constant_schedule(1e-3 * (STEPS // 100))
# fix: schedule = optax.constant_schedule(1e-3 * STEPS / 100)
optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))  # <- zero-learning-rate: -
# fix: optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
state = optimizer.init(eqx.filter(model, eqx.is_array))
for _ in range(STEPS):
    grads = eqx.filter_grad(lambda m: jnp.mean(jax.vmap(m)(jnp.ones((8, 4))) ** 2))(model)
    updates, state = optimizer.update(grads, state)
    model = eqx.apply_updates(model, updates)
