import tensorflow as tf

tf.random.set_seed(0)
dtype = tf.float16
# fix: dtype = tf.float32
w = tf.Variable(tf.random.uniform([4, 3], 0.5, 1.0, dtype=tf.float32))
w = tf.Variable(tf.cast(w, dtype), name="w")  # <- update-underflow: w
optimizer = tf.keras.optimizers.SGD(1e-6)
x = tf.cast(tf.random.normal([16, 4]), dtype)
y = tf.cast(tf.random.normal([16, 3]), dtype)
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w - y) ** 2)
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
