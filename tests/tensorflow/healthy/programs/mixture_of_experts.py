import keras
import tensorflow as tf
from keras import layers


class MoE(layers.Layer):
    def __init__(self, experts=4, dim=8, k=2):
        super().__init__()
        self.experts = [layers.Dense(dim, activation="relu") for _ in range(experts)]
        self.gate = layers.Dense(experts)
        self.k = k

    def call(self, x):
        logits = self.gate(x)
        top, index = tf.math.top_k(logits, self.k)
        weights = tf.nn.softmax(top)
        outs = tf.stack([e(x) for e in self.experts], axis=1)
        chosen = tf.gather(outs, index, batch_dims=1)
        return tf.reduce_sum(chosen * weights[..., None], axis=1)


keras.utils.set_random_seed(0)
model = keras.Sequential([layers.Dense(8), MoE(), layers.Dense(1)])
model.compile("adam", "mse")
x, y = tf.random.normal([64, 5]), tf.random.normal([64, 1])
model.fit(x, y, batch_size=16, epochs=1, verbose=0)
