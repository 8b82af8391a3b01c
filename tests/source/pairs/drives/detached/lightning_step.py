import torch

from tests.source.pairs.lightning_fit import fit


def drive(load):
    model = load().Lit()
    yield {"self.encoder": model.encoder}
    fit(model, (torch.randn(6, 8), torch.randint(0, 3, (6,))))
    yield {"self.encoder": model.encoder}
