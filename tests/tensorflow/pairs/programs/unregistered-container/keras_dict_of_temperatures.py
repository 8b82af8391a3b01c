import numpy as np
import tensorflow as tf
import keras


class MultiTask(keras.Model):
    TASKS = ("depth", "normals")

    def __init__(self):
        super().__init__()
        self.trunk = keras.layers.Dense(8, activation="relu")
        self.heads = {t: keras.layers.Dense(1) for t in self.TASKS}
        self.log_vars = {t: tf.Variable(0.1, name=f"{t}_log_var") for t in self.TASKS}  # <- unregistered-container: model.log_vars.depth, model.log_vars.normals
        # fix: self.log_vars = {t: self.add_weight(shape=(), initializer=keras.initializers.Constant(0.1), name=f"{t}_log_var") for t in self.TASKS}

    def call(self, x):
        h = self.trunk(x)
        return {t: head(h) for t, head in self.heads.items()}


keras.utils.set_random_seed(0)
model = MultiTask()
optimizer = keras.optimizers.Adam(1e-3)
x = np.random.rand(16, 6).astype("float32")
targets = {"depth": x.mean(1, keepdims=True), "normals": x.max(1, keepdims=True)}

for step in range(4):
    with tf.GradientTape() as tape:
        out = model(x, training=True)
        loss = 0.0
        for task, y in targets.items():
            error = tf.reduce_mean(tf.square(out[task] - y))
            loss += tf.exp(-model.log_vars[task]) * error + model.log_vars[task]
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
