import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)], name="model")
optimizer = keras.optimizers.Adam(1e-2)
xs = tf.random.normal([4, 8, 3])
ys = tf.random.normal([4, 8, 1])

for epoch in range(4):
    with tf.GradientTape() as tape:
        losses = []
        for x, y in zip(xs, ys):
            losses.append(tf.reduce_mean((model(x) - y) ** 2).numpy())  # <- left-framework: model.*
            # fix: losses.append(tf.reduce_mean((model(x) - y) ** 2))
        loss = tf.Variable(losses)
        # fix: loss = tf.stack(losses)
        total = tf.reduce_mean(loss)
    grads = tape.gradient(total, model.trainable_variables)
    pairs = [(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None]
    if pairs:
        optimizer.apply_gradients(pairs)
