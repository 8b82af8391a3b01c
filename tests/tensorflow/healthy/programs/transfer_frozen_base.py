"""A frozen base that stays in inference mode, and a new head on top of it."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
base = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
    ],
    name="base",
)
base.trainable = False

inputs = keras.Input((8, 8, 3))
features = base(layers.Rescaling(1 / 255)(inputs), training=False)
outputs = layers.Dense(3)(layers.Dropout(0.2)(features))
model = keras.Model(inputs, outputs)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
images = np.random.randint(0, 255, (32, 8, 8, 3)).astype("float32")
labels = np.random.randint(0, 3, 32)
history = model.fit(images, labels, batch_size=8, epochs=2, verbose=0)
print(history.history["loss"])
