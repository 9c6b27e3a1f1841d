"""Checks of a knowledge base that need the matcher, the dictionary, the voice or the recogniser."""
