import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
policy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6)], name="policy")
embed = keras.layers.Embedding(6, 3)
value = keras.layers.Dense(1)
embed.build((None,))
value.build((None, 3))
optimizer = keras.optimizers.Adam(1e-2)
obs, target = tf.random.normal([16, 4]), tf.random.normal([16, 1])
variables = policy.trainable_variables + embed.trainable_variables + value.trainable_variables

for step in range(5):
    with tf.GradientTape() as tape:
        logits = policy(obs)
        token = tf.random.categorical(logits, 1)[:, 0]  # <- non-differentiable-op: policy.*
        # fix: token = tf.nn.softmax(logits)
        loss = tf.reduce_mean((value(embed(token)) - target) ** 2)
        # fix: loss = tf.reduce_mean((value(token @ embed.embeddings) - target) ** 2)
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
