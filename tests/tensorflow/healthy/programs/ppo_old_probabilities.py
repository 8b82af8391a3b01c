import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(0)
actor = tf.keras.Sequential([layers.Dense(16, activation="tanh"), layers.Dense(2)])
critic = tf.keras.Sequential([layers.Dense(16, activation="tanh"), layers.Dense(1)])
opt = tf.keras.optimizers.Adam(3e-4)
for it in range(2):
    states = np.random.randn(32, 4).astype("float32")
    logits = actor(states)
    actions = tf.random.categorical(logits, 1)[:, 0].numpy()
    old = tf.gather(tf.nn.log_softmax(logits), actions, batch_dims=1).numpy()
    returns = np.random.randn(32).astype("float32")
    adv = returns - critic(states)[:, 0].numpy()
    for _ in range(3):
        with tf.GradientTape() as tape:
            logp = tf.gather(tf.nn.log_softmax(actor(states)), actions, batch_dims=1)
            ratio = tf.exp(logp - old)
            policy = -tf.reduce_mean(tf.minimum(ratio * adv, tf.clip_by_value(ratio, 0.8, 1.2) * adv))
            value = tf.reduce_mean((critic(states)[:, 0] - returns) ** 2)
            entropy = -tf.reduce_mean(tf.reduce_sum(tf.nn.softmax(actor(states)) * tf.nn.log_softmax(actor(states)), -1))
            loss = policy + 0.5 * value - 0.01 * entropy
        v = actor.trainable_variables + critic.trainable_variables
        grads, _ = tf.clip_by_global_norm(tape.gradient(loss, v), 0.5)
        opt.apply_gradients(zip(grads, v))
