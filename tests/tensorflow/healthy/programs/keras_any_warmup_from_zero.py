"""The rate of the first step is zero, and only of the first."""

import keras
import numpy as np
from keras import layers


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, steps):
        self.peak, self.steps = peak, steps

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        return self.peak * keras.ops.minimum(step / self.steps, 1.0)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps}


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((5,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])
model.compile(keras.optimizers.Adam(Warmup(1e-2, 10)), "mse")
x = np.random.rand(64, 5).astype("float32")
print(model.fit(x, x.sum(1), batch_size=8, epochs=2, verbose=0).history["loss"])
