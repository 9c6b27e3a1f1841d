"""Conversations over the network: what a browser and a recogniser say to each other, and how many may at once."""
