import torch


def extract(net, x):
    with torch.inference_mode():  # <- grad-disabled: model.extractor.0.*
        # fix: with torch.enable_grad():
        h = net(x)
    return h.clone()
