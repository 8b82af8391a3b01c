import tf_keras as keras
from tf_keras import layers


class Net(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.features = layers.Dense(16, activation="relu")
        self.classifier = layers.Dense(classes)

    def call(self, x):
        return self.classifier(self.features(x))
