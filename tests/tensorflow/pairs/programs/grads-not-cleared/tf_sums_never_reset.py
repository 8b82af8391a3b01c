import tensorflow as tf

tf.random.set_seed(0)
model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(0.01)
accumulated = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]
data = tf.data.Dataset.from_tensor_slices((tf.random.normal([64, 4]), tf.random.normal([64, 1]))).batch(8)

for step, (x, y) in enumerate(data):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2) / 2
    for total, grad in zip(accumulated, tape.gradient(loss, model.trainable_variables)):
        total.assign_add(grad)
    if (step + 1) % 2 == 0:
        optimizer.apply_gradients(zip(accumulated, model.trainable_variables))  # <- warning grads-not-cleared: model.*
        # fix+ for total in accumulated:
        # fix+     total.assign(tf.zeros_like(total))
