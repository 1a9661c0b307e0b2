"""Targets: what a run is about, put together from the same few parts, and the preflight.

A composition is changed here alone.
"""
