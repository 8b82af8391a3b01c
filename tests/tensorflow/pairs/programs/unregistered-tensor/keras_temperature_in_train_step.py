import tensorflow as tf
import keras


class Contrastive(keras.Model):
    def __init__(self, dim=4):
        super().__init__()
        self.image = keras.layers.Dense(dim)
        self.text = keras.layers.Dense(dim)
        self.logit_scale = tf.Variable(2.6592, trainable=True, name="logit_scale")  # <- unregistered-tensor: model.logit_scale
        # fix: self.logit_scale = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.6592), name="logit_scale")

    def call(self, inputs):
        image, text = inputs
        a = tf.math.l2_normalize(self.image(image), axis=-1)
        b = tf.math.l2_normalize(self.text(text), axis=-1)
        return tf.matmul(a, b, transpose_b=True) * tf.exp(self.logit_scale)

    def train_step(self, data):
        (inputs,) = data
        with tf.GradientTape() as tape:
            logits = self(inputs, training=True)
            labels = tf.range(tf.shape(logits)[0])
            rows = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            columns = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.transpose(logits))
            loss = tf.reduce_mean(rows + columns)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


keras.utils.set_random_seed(0)
model = Contrastive()
model.compile(optimizer=keras.optimizers.Adam(1e-3))
data = tf.data.Dataset.from_tensor_slices((tf.random.normal([32, 6]), tf.random.normal([32, 5])))
data = data.map(lambda a, b: ((a, b),)).batch(8)
model.fit(data, epochs=1, verbose=0)
