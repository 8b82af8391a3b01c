import torch


def drive(load):
    model = load().Scaled(4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yield {"self.log_temperature": model.log_temperature}
    for x in torch.randn(3, 5, 4):
        optimizer.zero_grad()
        (model(x) - x).square().mean().backward()
        optimizer.step()
        yield {"self.log_temperature": model.log_temperature}
