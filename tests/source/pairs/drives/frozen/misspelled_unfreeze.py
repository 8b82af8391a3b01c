import torch


def drive(load):
    model = load().model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yield {"model.fc.weight": model.fc.weight}
    for x in torch.randn(3, 2, 3, 6, 6):
        optimizer.zero_grad()
        model.fc(model.conv(x).mean((2, 3))).square().mean().backward()
        optimizer.step()
        yield {"model.fc.weight": model.fc.weight}
