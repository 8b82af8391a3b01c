import jax


def drive(load):
    module = load()
    made = module.create_state(jax.random.key(0), module.Classifier(3), module.x)
    for state in (made, module.state):
        yield {name: state.params["encoder"][name] for name in ("first", "second")}
