import keras
import tensorflow as tf

from tests.source.pairs.tf_steps import fits

# A layer of Keras 3 takes no weight once it is built; 3.3 tells so in a RuntimeError.
RAISES = (ValueError, RuntimeError)


def drive(load):
    layer = load().Gate()
    model = keras.Sequential([layer, keras.layers.Dense(1)])
    x, y = tf.random.normal([8, 4]), tf.random.normal([8, 1])
    for _ in fits(model, x, y):
        yield {"self.gate": layer.gate}
