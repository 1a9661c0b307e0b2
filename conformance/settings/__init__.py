"""What a run is told by `conformance.toml` and the environment, and secrets.

What the file may say of a run is changed here alone.
"""
