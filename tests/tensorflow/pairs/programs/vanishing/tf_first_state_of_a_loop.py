"""What the first state says fades on its way back through forty times of a recurrent layer."""
import tensorflow as tf
from tensorflow.keras import layers


class Reader(tf.keras.Model):
    def __init__(self, hidden):
        super().__init__()
        self.start = layers.Dense(hidden)
        self.inputs = layers.Dense(hidden)
        self.recurrent = layers.Dense(hidden, kernel_initializer=tf.keras.initializers.RandomNormal(stddev=0.05))
        # fix: self.recurrent = layers.Dense(hidden, kernel_initializer="orthogonal")
        self.out = layers.Dense(2)

    def call(self, x):
        h = tf.tanh(self.start(x[:, 0]))  # <- warning vanishing: model.start.*
        for time in range(1, x.shape[1]):
            h = tf.tanh(self.recurrent(h) + 0.1 * self.inputs(x[:, time]))
        return self.out(h)


tf.keras.utils.set_random_seed(0)
model = Reader(32)
optimizer = tf.keras.optimizers.Adam(1e-3)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def train_step(x):
    with tf.GradientTape() as tape:
        loss = loss_fn(tf.cast(x[:, 0, 0] > 0, tf.int32), model(x))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


for _ in range(4):
    train_step(tf.random.normal([16, 40, 4]))
