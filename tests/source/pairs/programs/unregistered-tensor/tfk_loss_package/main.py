import tf_keras
from losses import LearnedMargin


def train(x, y):
    model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
    model.compile("adam", LearnedMargin())
    model.fit(x, y)
