"""Hearing and speaking, and the device program `koemado`."""
