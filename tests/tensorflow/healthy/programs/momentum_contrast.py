import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(0)
def enc(): return tf.keras.Sequential([layers.Input((6,)), layers.Dense(16, activation="relu"), layers.Dense(8)])
query, key = enc(), enc()
key.set_weights(query.get_weights())
queue = tf.Variable(tf.math.l2_normalize(tf.random.normal([32, 8]), -1), trainable=False)
opt = tf.keras.optimizers.SGD(0.03, momentum=0.9)
for step in range(4):
    x = tf.random.normal([8, 6])
    k = tf.stop_gradient(tf.math.l2_normalize(key(x + 0.1 * tf.random.normal(x.shape)), -1))
    with tf.GradientTape() as tape:
        q = tf.math.l2_normalize(query(x), -1)
        pos = tf.reduce_sum(q * k, -1, keepdims=True)
        logits = tf.concat([pos, tf.matmul(q, queue, transpose_b=True)], 1) / 0.07
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.zeros(8, tf.int32), logits))
    opt.apply_gradients(zip(tape.gradient(loss, query.trainable_variables), query.trainable_variables))
    for t, w in zip(key.weights, query.weights):
        t.assign(0.99 * t + 0.01 * w)
    queue.assign(tf.concat([k, queue[:-8]], 0))
