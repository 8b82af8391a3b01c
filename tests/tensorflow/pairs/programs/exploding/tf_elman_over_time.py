"""A character model by hand: the recurrent matrix was initialized as if it were an embedding."""
import tensorflow as tf
from tensorflow.keras import layers


class Elman(tf.keras.Model):
    def __init__(self, letters=12, hidden=48, std=0.6):
        super().__init__()
        normal = tf.keras.initializers.RandomNormal(stddev=std, seed=0)
        self.letters = layers.Embedding(letters, hidden, embeddings_initializer=normal)
        self.recurrent = layers.Dense(hidden, kernel_initializer=normal, bias_initializer=normal)
        self.head = layers.Dense(letters, kernel_initializer=normal, bias_initializer=normal)

    def call(self, text):
        h = tf.zeros([tf.shape(text)[0], 48])
        for x in tf.unstack(self.letters(text), axis=1):
            h = tf.tanh(x + self.recurrent(h))  # <- warning exploding: model.recurrent.*
        return self.head(h)


tf.keras.utils.set_random_seed(0)
model = Elman()
# fix: model = Elman(std=0.1)
optimizer = tf.keras.optimizers.Adam(1e-4)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for _ in range(4):
    text = tf.random.uniform([8, 31], 0, 12, dtype=tf.int32)
    with tf.GradientTape() as tape:
        loss = loss_fn(text[:, -1], model(text[:, :-1]))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
