import jax
import jax.numpy as jnp
import optax
from flax.training.train_state import TrainState
from nets import Classifier


def create_state(key, model, x, rate=1e-2):
    params = model.init(key, x)["params"]
    return TrainState.create(apply_fn=model.apply, params=params, tx=optax.adam(rate))


@jax.jit
def train_step(state, x, y):
    def loss_fn(params):
        logits = state.apply_fn({"params": params}, x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    loss, grads = jax.value_and_grad(loss_fn)(state.params)
    return state.apply_gradients(grads=grads), loss


x, y = jnp.ones((8, 4)), jnp.arange(8) % 3
state = create_state(jax.random.key(0), Classifier(3), x)
for _ in range(5):
    state, loss = train_step(state, x, y)
