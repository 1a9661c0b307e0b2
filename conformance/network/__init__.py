"""What stands between: gateway, webhook receiver, certificates.

How a host's name is led to the emulator is changed here alone.
"""
