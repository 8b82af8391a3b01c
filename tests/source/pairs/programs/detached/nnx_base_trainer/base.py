import optax
from flax import nnx


class Trainer:
    def __init__(self, model, rate=1e-2):
        self.model = model
        self.optimizer = nnx.Optimizer(model, optax.adam(rate), wrt=nnx.Param)

    def loss(self, model, x, y):
        raise NotImplementedError

    def step(self, x, y):
        loss, grads = nnx.value_and_grad(lambda m: self.loss(m, x, y))(self.model)
        self.optimizer.update(self.model, grads)
        return loss
