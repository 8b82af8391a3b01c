import keras
import tensorflow as tf

from tests.source.pairs.tf_steps import fits


def drive(load):
    layer = load().Positive()
    model = keras.Sequential([layer, keras.layers.Dense(1)])
    x, y = tf.random.normal([8, 4]), tf.random.normal([8, 1])
    for _ in fits(model, x, y):
        yield {
            f"self.{name}": value for name, value in vars(layer).items() if name in ("scale", "raw")
        }
