"""The wake word: when the box is being called, by its own name."""
