import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
encoder = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="relu")], name="encoder")
classifier = keras.Sequential([keras.Input((4,)), layers.Dense(2)], name="classifier")
optimizer = keras.optimizers.Adam(1e-2)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = np.random.rand(16, 6).astype("float32")
y = np.random.randint(0, 2, 16)
weights = encoder.trainable_weights + classifier.trainable_weights

for step in range(4):
    with tf.GradientTape() as tape:
        codes = encoder.predict(x, verbose=0)  # <- left-framework: encoder.*
        # fix: codes = encoder(x, training=True)
        loss = loss_fn(y, classifier(codes, training=True))
    grads = tape.gradient(loss, weights)
    optimizer.apply_gradients([(g, w) for g, w in zip(grads, weights) if g is not None])
