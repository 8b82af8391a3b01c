from torch.utils.data import DataLoader


def train_epoch(model, loader: DataLoader, optimizer, criterion):
    for inputs, labels in loader:
        loss = criterion(model(inputs), labels)
        # fix+ optimizer.zero_grad()
        loss.backward()
        optimizer.step()  # <- warning grads-not-cleared: -
