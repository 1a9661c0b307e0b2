"""The merchant's side: what the suite needs of any merchant, and its drivers.

How a merchant is driven is changed here alone.
"""
