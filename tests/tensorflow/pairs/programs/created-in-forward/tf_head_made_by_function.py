import keras
import tensorflow as tf


def head(features):
    return keras.layers.Dense(1)(features)  # <- created-in-forward: layer.kernel, layer.bias -> model.head.kernel, model.head.bias
    # fix: return model.get_layer("head")(features)


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Dense(8, activation="tanh")])
# fix+ model = keras.Sequential([model, keras.layers.Dense(1, name="head")])
optimizer = keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([32, 5]), tf.random.normal([32, 1])
model(x)
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(model.layers[0](x)) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
