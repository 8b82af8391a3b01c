"""A language model whose output matrix is its embedding."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class LanguageModel(keras.Model):
    def __init__(self, vocabulary=20, width=8):
        super().__init__()
        self.embed = layers.Embedding(vocabulary, width)
        self.positions = self.add_weight(shape=(6, width), initializer="random_normal", name="positions")
        self.attention = layers.MultiHeadAttention(2, 4, use_bias=False)
        self.norm = layers.LayerNormalization()
        self.mlp = keras.Sequential([layers.Dense(16, activation="gelu"), layers.Dense(width)])

    def call(self, tokens):
        h = self.embed(tokens) + self.positions
        h = h + self.attention(h, h, use_causal_mask=True)
        h = h + self.mlp(self.norm(h))
        return tf.matmul(h, self.embed.embeddings, transpose_b=True)


keras.utils.set_random_seed(0)
model = LanguageModel()
model.compile(keras.optimizers.AdamW(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
tokens = np.random.randint(0, 20, (32, 7))
print(model.fit(tokens[:, :-1], tokens[:, 1:], batch_size=8, epochs=1, verbose=0).history["loss"])
