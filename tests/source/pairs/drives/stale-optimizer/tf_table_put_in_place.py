from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"self.table": first([program.model.table])}
    yield {"self.table": [program.model.table]}
