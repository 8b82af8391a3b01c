from keras import layers, ops


class Equalized(layers.Layer):
    """A dense layer whose weights are scaled by what its inputs are many."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        n = input_shape[-1]
        self.kernel = self.add_weight(shape=(n, self.units), initializer="random_normal")
        self.scaled = self.kernel * (2 / n) ** 0.5  # <- non-leaf-parameter: self.kernel, self.scaled -> self.kernel
        # fix: self.factor = (2 / n) ** 0.5

    def call(self, x):
        return ops.matmul(x, self.scaled)
        # fix: return ops.matmul(x, self.kernel * self.factor)
