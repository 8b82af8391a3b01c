import tensorflow as tf
import tf_keras as keras

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.logits = keras.layers.Dense(4)
        self.centre = self.add_weight(name="centre", shape=(), initializer="zeros")

    def call(self, x):
        return self.logits(x)


model = Net()
optimizer = keras.optimizers.Adam(0.01)
x = tf.random.normal([16, 3])
y = tf.random.uniform([16], 0, 4, dtype=tf.int32)
for _ in range(4):
    with tf.GradientTape() as tape:
        guess = tf.argmax(model(x), axis=-1, output_type=tf.int32)  # <- non-differentiable-op: model.logits.kernel, model.logits.bias
        # fix: guess = tf.reduce_sum(tf.nn.softmax(model(x)) * tf.range(4.0), axis=-1)
        loss = tf.reduce_mean(tf.square(tf.cast(guess - y, tf.float32) - model.centre))
        # fix: loss = tf.reduce_mean(tf.square(guess - tf.cast(y, tf.float32) - model.centre))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
