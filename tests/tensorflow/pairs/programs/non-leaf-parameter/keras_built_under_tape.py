import keras
import tensorflow as tf
from keras import ops


class Scores(keras.layers.Layer):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def build(self, shape):
        self.table = ops.transpose(self.add_weight(shape=(self.classes, shape[-1])))  # <- non-leaf-parameter: model.scores.table
        # fix: self.table = self.add_weight(shape=(shape[-1], self.classes))

    def call(self, x):
        return ops.matmul(x, self.table)


keras.utils.set_random_seed(2)
model = keras.Sequential([keras.layers.Dense(6, activation="tanh"), Scores(3)])
optimizer = keras.optimizers.SGD(0.1)
x, y = tf.random.normal([12, 4]), tf.random.normal([12, 3])
for _ in range(5):
    # the layers are built by the first call, with the tape open
    with tf.GradientTape() as tape:
        loss = ops.mean(ops.square(model(x) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
