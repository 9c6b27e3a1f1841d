"""Hearing: when somebody speaks, and what they say."""
