def freeze_all(model):
    for p in model.parameters():
        p.requires_grad = False


def unfreeze(layer):
    layer.requires_grad = True  # <- frozen: self.fc
    # fix: layer.requires_grad_(True)
