"""Replaying conversations from a script, and checking what was said and stored."""
