import tensorflow as tf
from tensorflow.keras import layers


def make_actor():
    return tf.keras.Sequential([layers.Input((3,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="tanh")])


def make_critic():
    s, a = layers.Input((3,)), layers.Input((1,))
    h = layers.Dense(16, activation="relu")(layers.Concatenate()([s, a]))
    return tf.keras.Model([s, a], layers.Dense(1)(h))


tf.keras.utils.set_random_seed(0)
actor, critic, target_actor, target_critic = make_actor(), make_critic(), make_actor(), make_critic()
target_actor.set_weights(actor.get_weights())
target_critic.set_weights(critic.get_weights())
a_opt, c_opt = tf.keras.optimizers.Adam(1e-3), tf.keras.optimizers.Adam(2e-3)


@tf.function
def update(s, a, r, s2):
    with tf.GradientTape() as tape:
        y = r + 0.99 * target_critic([s2, target_actor(s2, training=True)], training=True)
        c_loss = tf.reduce_mean(tf.square(y - critic([s, a], training=True)))
    c_opt.apply_gradients(zip(tape.gradient(c_loss, critic.trainable_variables), critic.trainable_variables))
    with tf.GradientTape() as tape:
        a_loss = -tf.reduce_mean(critic([s, actor(s, training=True)], training=True))
    a_opt.apply_gradients(zip(tape.gradient(a_loss, actor.trainable_variables), actor.trainable_variables))
    for t, w in zip(target_actor.variables + target_critic.variables, actor.variables + critic.variables):
        t.assign(0.995 * t + 0.005 * w)


for _ in range(5):
    update(tf.random.normal([16, 3]), tf.random.normal([16, 1]), tf.random.normal([16, 1]), tf.random.normal([16, 3]))
