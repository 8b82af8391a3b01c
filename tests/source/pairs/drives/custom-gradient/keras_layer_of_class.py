from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"domain_features": first(program.model.get_layer("domain_features").variables)}
    yield {"domain_features": program.model.get_layer("domain_features").variables}
