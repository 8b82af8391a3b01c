import tensorflow as tf
import tf_keras


class Weighted(tf_keras.losses.Loss):
    def __init__(self, tasks):
        super().__init__()
        self.log_vars = tf.Variable(tf.zeros([tasks]))  # <- unregistered-tensor: loss_fn.log_vars

    def call(self, y_true, y_pred):
        errors = tf.square(y_pred - y_true)
        return tf.reduce_sum(tf.exp(-self.log_vars) * errors + self.log_vars, axis=-1)


tf_keras.utils.set_random_seed(0)
model = tf_keras.Sequential([tf_keras.layers.Dense(8, activation="relu"), tf_keras.layers.Dense(2)])
loss_fn = Weighted(2)
optimizer = tf_keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([32, 5]), tf.random.normal([32, 2])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    variables = model.trainable_variables
    # fix: variables = model.trainable_variables + [loss_fn.log_vars]
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
