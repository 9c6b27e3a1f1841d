"""Insight: what customers say, what they did not find, how well they were helped, what it is worth.  Pure."""
