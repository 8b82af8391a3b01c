import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self, n):
        super().__init__()
        self.body = layers.Dense(8, activation="tanh")
        self.head = layers.Dense(n)

    def call(self, x):
        return self.head(self.body(x))


model = Net(10)
model.build((None, 5))
variables = model.trainable_variables
# fix:
optimizer = keras.optimizers.Adam(1e-2)

# three classes in the new task
model.head = layers.Dense(3)  # <- stale-optimizer: model.head.kernel, model.head.bias
model.head.build((None, 8))
# fix+ variables = model.trainable_variables
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = tf.random.normal([16, 5])
y = tf.random.uniform([16], 0, 3, dtype=tf.int32)
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x))
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
