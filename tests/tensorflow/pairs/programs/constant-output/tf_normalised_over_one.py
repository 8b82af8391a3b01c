import tensorflow as tf


class Scorer(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([5, 4], stddev=0.4))
        self.score = tf.Variable(tf.random.normal([4, 1], stddev=0.4))
        self.bias = tf.Variable(tf.zeros([1]))

    def __call__(self, x):
        score = tf.tanh(x @ self.w) @ self.score
        score = score - tf.reduce_mean(score, axis=-1, keepdims=True)  # <- constant-output: model.w, model.score
        # fix: score = score - tf.reduce_mean(score, axis=0, keepdims=True)
        return score + self.bias


tf.random.set_seed(0)
model = Scorer()
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
