import jax


def drive(load):
    module = load()
    made = module.create_state(jax.random.key(0), module.nn.Dense(1), module.x)
    for state in (made, module.state):
        yield {"params": state.params}
