import tf_keras
from losses import LearnedMargin


def train(x, y):
    loss = LearnedMargin()
    model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
    # fix+ model.margin = loss.margin
    model.compile("adam", loss)
    model.fit(x, y)
