"""PortOne's books beside the merchant's, after every scenario: whose money is where.

A rule about money is changed here alone.
"""
