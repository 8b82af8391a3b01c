import tensorflow as tf
import tf_keras

tf_keras.utils.set_random_seed(0)
tf_keras.mixed_precision.set_global_policy("float16")
# fix: tf_keras.mixed_precision.set_global_policy("float32")
model = tf_keras.Sequential([tf_keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])  # <- update-underflow: model.dense.kernel
optimizer = tf_keras.optimizers.SGD(1e-5)
x = tf.random.normal([32, 4])
y = 2 * tf.reduce_sum(x, 1, keepdims=True)
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.cast(model(x), tf.float32) - y))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
