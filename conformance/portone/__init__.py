"""The provider's side: PortOne's API and consoles, and the accounts at the emulator.

What is asked of PortOne is changed here alone.
"""
