import tensorflow as tf


def mlp(n_in, n_out):
    layers = tf.keras.layers
    return tf.keras.Sequential([layers.Input((n_in,)), layers.Dense(8, activation="tanh"), layers.Dense(n_out)])


tf.random.set_seed(0)
generator, critic = mlp(4, 4), mlp(4, 4)
g_opt, c_opt = tf.keras.optimizers.Adam(0.01), tf.keras.optimizers.Adam(0.01)
x, z = tf.random.normal([16, 4]), tf.random.normal([16, 4])


def critic_step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(critic(generator(z))) + tf.nn.softplus(-critic(x)))
    grads = tape.gradient(loss, critic.trainable_variables)
    c_opt.apply_gradients(zip(grads, critic.trainable_variables))


def generator_step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-critic(generator(z))))
    grads = tape.gradient(loss, critic.trainable_variables)
    # fix: grads = tape.gradient(loss, generator.trainable_variables)
    g_opt.apply_gradients(zip(grads, generator.trainable_variables))  # <- not-in-optimizer: generator.*


for epoch in range(5):
    critic_step()
    generator_step()
