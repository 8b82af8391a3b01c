import jax


def drive(load):
    module = load()
    for params in (module.model.init(jax.random.key(0), module.x), module.params):
        yield {"self.gate": params["params"]["gate"]}
