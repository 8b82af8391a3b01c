from torch import nn

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU, "softsign": nn.Softsign}


def build(config):
    layers, size = [], config["inputs"]
    for _ in range(config["depth"]):
        layers += [nn.Linear(size, config["width"]), ACTIVATIONS[config["activation"]]()]
        if config["norm"]:
            layers.append(nn.LayerNorm(config["width"]))
        size = config["width"]
    return nn.Sequential(*layers, nn.Linear(size, config["outputs"]))
