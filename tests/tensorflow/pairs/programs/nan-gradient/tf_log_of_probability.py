import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, name="logit")], name="model")
optimizer = keras.optimizers.SGD(0.1)
x = tf.random.normal([16, 4]) * 100.0
y = tf.cast(x[:, :1] > 0, tf.float32)
for _ in range(4):
    with tf.GradientTape() as tape:
        p = tf.sigmoid(model(x))
        loss = -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))  # <- nan-gradient: model.*
        # fix: loss = tf.reduce_mean(keras.losses.binary_crossentropy(y, p))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
