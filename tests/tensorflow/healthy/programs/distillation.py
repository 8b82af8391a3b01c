"""The student learns from a teacher that is in eval mode and not in any list."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Distiller(keras.Model):
    def __init__(self, student, teacher, temperature=3.0):
        super().__init__()
        self.student, self.teacher, self.temperature = student, teacher, temperature

    def train_step(self, data):
        x, y = data
        soft = tf.nn.softmax(self.teacher(x, training=False) / self.temperature)
        with tf.GradientTape() as tape:
            logits = self.student(x, training=True)
            hard = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))
            kl = tf.reduce_mean(keras.losses.KLDivergence()(soft, tf.nn.softmax(logits / self.temperature)))
            loss = 0.3 * hard + 0.7 * kl
        grads = tape.gradient(loss, self.student.trainable_variables)
        self.optimizer.apply(grads, self.student.trainable_variables)
        return {"loss": loss}


keras.utils.set_random_seed(0)
teacher = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="tanh"), layers.Dense(3)], name="teacher")
teacher.trainable = False
student = keras.Sequential([keras.Input((6,)), layers.Dense(6, activation="tanh"), layers.Dense(3)], name="student")
distiller = Distiller(student, teacher)
distiller.compile(keras.optimizers.Adam(1e-2))
x = np.random.rand(48, 6).astype("float32")
print(distiller.fit(x, np.arange(48) % 3, batch_size=8, epochs=1, verbose=0).history["loss"])
