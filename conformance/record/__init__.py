"""What a run has seen, and what of it may be written: timeline and redaction.

What counts as a secret is changed here alone.
"""
