import equinox as eqx


def make_step(optimizer, loss_fn):
    @eqx.filter_jit
    def step(model, state, *batch):
        loss, grads = eqx.filter_value_and_grad(loss_fn)(model, *batch)
        updates, state = optimizer.update(grads, state)
        return eqx.apply_updates(model, updates), state, loss

    return step
