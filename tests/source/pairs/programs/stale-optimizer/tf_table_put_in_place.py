import tensorflow as tf


class Lookup(tf.Module):
    def __init__(self, words):
        super().__init__()
        self.table = tf.Variable(tf.random.normal([words, 4]))
        self.out = tf.Variable(tf.random.normal([4, 1]))

    def __call__(self, ids):
        return tf.gather(self.table, ids) @ self.out


model = Lookup(10)
variables = [model.table, model.out]
# fix:
model.table = tf.Variable(tf.random.normal([50, 4]))  # <- stale-optimizer: self.table
# fix+ variables = [model.table, model.out]
optimizer = tf.keras.optimizers.Adam(0.01)
ids = tf.constant([1, 2, 3])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(ids) ** 2)
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
