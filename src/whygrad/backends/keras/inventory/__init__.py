"""What models of Keras and TensorFlow hold, who updates it, and what came back to it in a step."""
