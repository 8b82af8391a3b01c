from keras import ops
from scoring import Scores


class DotScores(Scores):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def call(self, x):
        return ops.matmul(x, self.prototypes)
