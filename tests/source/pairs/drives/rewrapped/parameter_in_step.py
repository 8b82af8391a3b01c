import torch

from tests.source.pairs.lightning_fit import fit


def drive(load):
    model = load().Hyper()
    yield {"self.make": model.make}
    fit(model, (torch.randn(3), torch.randn(6, 3), torch.randn(6, 1)))
    yield {"self.make": model.make}
