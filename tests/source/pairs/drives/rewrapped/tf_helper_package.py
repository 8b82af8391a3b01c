from tests.source.pairs.tf_steps import kept, noting


def drive(load):
    program = load()
    program.Encoder, encoders = kept(program.Encoder)
    with noting() as first:
        program.train(5)
    yield {"self.w": first([encoders[0].w])}
    yield {"self.w": encoders[0].w}
