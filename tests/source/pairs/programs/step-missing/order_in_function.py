from torch.nn import functional as F


def train_epoch(model, loader, optimizer, device):
    model.train()
    for data, target in loader:
        data, target = data.to(device), target.to(device)
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.zero_grad()  # <- step-missing: -
        # fix:
        optimizer.step()
        # fix+ optimizer.zero_grad()
