import tensorflow as tf


class Denoiser(tf.Module):
    def __init__(self, n, dtype):
        super().__init__()
        self.up = tf.Variable(tf.cast(tf.random.normal([n, 64], stddev=0.2), dtype))
        self.down = tf.Variable(tf.cast(tf.random.normal([64, n], stddev=0.2), dtype))

    def __call__(self, x):
        return tf.nn.relu(tf.cast(x, self.up.dtype) @ self.up) @ self.down


tf.random.set_seed(0)
model = Denoiser(512, tf.float16)
# fix: model = Denoiser(512, tf.float32)
optimizer = tf.keras.optimizers.SGD(1.0)
clean = tf.random.normal([64, 512])
noise = 1e-3 * tf.random.normal([64, 512])


@tf.function
def step():
    with tf.GradientTape() as tape:
        residual = model(clean + noise)
        loss = tf.reduce_mean(tf.square(1e-3 * tf.cast(residual, tf.float32) - noise))  # <- underflow: model.*
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


for _ in range(4):
    step()
