import numpy as np
import tensorflow as tf
import keras


class LoRADense(keras.layers.Layer):
    """Adapter around a frozen projection."""

    def __init__(self, dense, rank=2, **kwargs):
        super().__init__(**kwargs)
        self.dense = dense
        self.dense.trainable = False
        self.rank = rank

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.lora_a = tf.Variable(tf.random.normal((input_shape[-1], self.rank), stddev=0.02))  # <- unregistered-tensor: model.lora.lora_a
        # fix: self.lora_a = self.add_weight(shape=(input_shape[-1], self.rank), initializer="random_normal", name="lora_a")
        self.lora_b = tf.Variable(tf.random.normal((self.rank, self.dense.units)), name="lora_b")  # <- unregistered-tensor: model.lora.lora_b
        # fix: self.lora_b = self.add_weight(shape=(self.rank, self.dense.units), initializer="random_normal", name="lora_b")

    def call(self, inputs):
        return self.dense(inputs) + tf.matmul(tf.matmul(inputs, self.lora_a), self.lora_b)


class Tuned(keras.Model):
    def __init__(self):
        super().__init__()
        self.lora = LoRADense(keras.layers.Dense(6))
        self.head = keras.layers.Dense(2)

    def call(self, x):
        return self.head(self.lora(x))


keras.utils.set_random_seed(3)
model = Tuned()
model.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.normal(size=(32, 5)).astype("float32")
y = np.random.randint(0, 2, 32)
model.fit(x, y, epochs=3, batch_size=16, verbose=0)
