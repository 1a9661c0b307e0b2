"""The process and the machine that a run lives on: files, commands, signals, limits.

What the suite asks of the system is changed here alone.
"""
