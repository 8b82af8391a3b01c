import keras
import numpy as np
from nets import FastScorer

keras.utils.set_random_seed(0)
model = FastScorer()
model.compile("adam", "mse")
x = np.random.rand(32, 5).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
