import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([5, 3]))
        self.b = tf.Variable(tf.zeros([3]))

    def __call__(self, x):
        return x @ self.w + self.b


model = Net()
optimizer = keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 3])

for epoch in range(4):
    with tf.GradientTape() as tape:
        prediction = model(x)
    loss = tf.reduce_mean((prediction - y) ** 2)  # <- grad-disabled: model.w, model.b
    # fix:
        # fix+ loss = tf.reduce_mean((prediction - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    if any(g is not None for g in grads):
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
