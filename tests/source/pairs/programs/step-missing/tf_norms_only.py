import tensorflow as tf
import tf_keras as keras

layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
optimizer = keras.optimizers.Adam(1e-3)


def forward(x):
    for layer in layers:
        x = layer(x)
    return x


@tf.function
def train_step(x, y, variables):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((forward(x) - y) ** 2)
    grads = tape.gradient(loss, variables)  # <- step-missing: layers
    # fix+ optimizer.apply_gradients(zip(grads, variables))
    return loss, tf.linalg.global_norm(grads)


x, y = tf.random.normal([8, 4]), tf.random.normal([8, 1])
forward(x)
for _ in range(5):
    loss, norm = train_step(x, y, layers[0].trainable_variables + layers[1].trainable_variables)
    print(float(loss), float(norm))
