from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"self.scale": first([program.model.scale])}
    yield {"self.scale": [program.model.scale]}
