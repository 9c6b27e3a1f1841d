"""The box: audio devices, buttons and lights."""
