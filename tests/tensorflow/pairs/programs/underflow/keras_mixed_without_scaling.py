import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
model = keras.Sequential(
    [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)]
)
optimizer = keras.optimizers.Adam(1e-3)
# fix: optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1e-3))
x, y = tf.random.normal([4096, 16]), 1e-3 * tf.random.normal([4096, 1])
for _ in range(4):
    with tf.GradientTape() as tape:
        out = model(x)
        loss = tf.reduce_mean((1e-3 * tf.cast(out, tf.float32) - y) ** 2)  # <- underflow: model.*
        # fix+ loss = optimizer.scale_loss(loss)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
