from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"self.classifier": first(program.model.classifier.variables)}
    yield {"self.classifier": program.model.classifier.variables}
