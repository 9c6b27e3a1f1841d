"""Measurements: each program prints its figures and the command that makes them.  No part of the product."""
