"""What Keras 3 adds to any of the frameworks beneath it. Nothing here imports one, nor Keras."""
