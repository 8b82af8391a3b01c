import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    net = load().Encoder()
    words = torch.randint(20, (8, 5))
    yield from at_steps(net, words, lambda net: {"self.embed": net.embed, "self.gru": net.gru})
