"""An encoder from a library has a pooler that a tagger does not use."""

import keras_hub
import numpy as np
from tensorflow import keras


class Tagger(keras.Model):
    def __init__(self, encoder, n_tags):
        super().__init__()
        self.encoder = encoder
        self.tags = keras.layers.Dense(n_tags)

    def call(self, inputs):
        return self.tags(self.encoder(inputs)["sequence_output"])


keras.utils.set_random_seed(0)
encoder = keras_hub.models.BertBackbone(
    vocabulary_size=40, num_layers=1, num_heads=2, hidden_dim=8, intermediate_dim=16, max_sequence_length=8, dropout=0.0
)
model = Tagger(encoder, 4)
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
tokens = np.random.randint(1, 40, (24, 8))
inputs = {"token_ids": tokens, "segment_ids": np.zeros_like(tokens), "padding_mask": np.ones_like(tokens)}
print(model.fit(inputs, tokens % 4, batch_size=8, epochs=1, verbose=0).history["loss"])
