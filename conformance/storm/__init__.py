"""The load of a sale's first minute, judged by the books of every order. How that is done is changed here alone.

The buyers are Locust's, in a process of their own: it patches the sockets of whatever imports it.
"""
