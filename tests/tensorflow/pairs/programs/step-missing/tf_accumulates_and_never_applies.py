import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)], name="model")
optimizer = keras.optimizers.SGD(0.1)
optimizer.build(model.trainable_variables)
sums = [tf.zeros_like(v) for v in model.trainable_variables]
x, y = tf.random.normal([48, 4]), tf.random.normal([48, 1])
accumulate = 8
# fix: accumulate = 2
for i, (a, b) in enumerate(tf.data.Dataset.from_tensor_slices((x, y)).batch(8)):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(a) - b) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)  # <- step-missing: model.*
    sums = [total + g for total, g in zip(sums, grads)]
    if (i + 1) % accumulate == 0:
        optimizer.apply_gradients(zip(sums, model.trainable_variables))
        sums = [tf.zeros_like(v) for v in model.trainable_variables]
