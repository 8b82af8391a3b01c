import tensorflow as tf
from ops.quantise import to_bits


class Codec(tf.Module):
    def __init__(self):
        super().__init__()
        self.encode = tf.Variable(tf.random.normal([6, 3], stddev=0.3), name="encode")
        self.decode = tf.Variable(tf.random.normal([3, 6], stddev=0.3), name="decode")

    def __call__(self, x):
        code = tf.sigmoid(x @ self.encode)
        return to_bits(code, 4.0) @ self.decode  # <- custom-gradient: model.encode


tf.random.set_seed(0)
model = Codec()
optimizer = tf.keras.optimizers.Adam(1e-2)
x = tf.random.normal([16, 6])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - x) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
