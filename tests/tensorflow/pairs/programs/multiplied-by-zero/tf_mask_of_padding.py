import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
embed = keras.layers.Embedding(12, 4)
head = keras.layers.Dense(1)
embed.build((None,))
head.build((None, 4))
optimizer = keras.optimizers.SGD(0.1)
tokens = tf.random.uniform([8, 5], 1, 12, dtype=tf.int32)
mask = tf.cast(tf.equal(tokens, 0), tf.float32)[..., None]  # padding is 0
# fix: mask = tf.cast(tf.not_equal(tokens, 0), tf.float32)[..., None]
y = tf.random.normal([8, 1])
variables = embed.trainable_variables + head.trainable_variables
for _ in range(4):
    with tf.GradientTape() as tape:
        pooled = tf.reduce_sum(embed(tokens) * mask, axis=1)  # <- multiplied-by-zero: embed.embeddings, head.kernel
        loss = tf.reduce_mean((head(pooled) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
