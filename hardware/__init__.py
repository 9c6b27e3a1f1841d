"""The box: audio devices (buttons and lights join them)."""
