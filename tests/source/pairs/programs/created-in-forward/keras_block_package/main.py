import tf_keras
from blocks import ConvBlock


class Residual(tf_keras.Model):
    def __init__(self, filters, depth):
        super().__init__()
        self.filters, self.depth = filters, depth
        # fix+ self.blocks = [ConvBlock(self.filters) for _ in range(depth)]

    def call(self, x):
        for _ in range(self.depth):
        # fix: for block in self.blocks:
            x = x + ConvBlock(self.filters)(x)  # <- created-in-forward: ConvBlock
            # fix: x = x + block(x)
        return x
