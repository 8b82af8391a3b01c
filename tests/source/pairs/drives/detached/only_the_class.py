import torch


def drive(load):
    model = load().AutoEncoder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yield {"self.encoder": model.encoder}
    for x in torch.randn(3, 5, 6):
        optimizer.zero_grad()
        (model(x) - x).square().mean().backward()
        optimizer.step()
        yield {"self.encoder": model.encoder}
