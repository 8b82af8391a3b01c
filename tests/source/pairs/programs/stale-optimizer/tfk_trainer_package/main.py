import tensorflow as tf
from nets import Net
from tf_keras import layers, optimizers


class Trainer:
    def __init__(self, model):
        self.model = model
        self.weights = model.trainable_variables
        self.optimizer = optimizers.Adam(1e-3)

    def step(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.model(x) - y) ** 2)
        grads = tape.gradient(loss, self.weights)
        self.optimizer.apply_gradients(zip(grads, self.weights))
        return loss


x, y = tf.random.normal([8, 4]), tf.random.normal([8, 2])
model = Net(10)
model(x)
trainer = Trainer(model)
# fix:
model.classifier = layers.Dense(2)  # <- stale-optimizer: self.classifier
# fix+ model(x)
# fix+ trainer = Trainer(model)
for _ in range(5):
    trainer.step(x, y)
