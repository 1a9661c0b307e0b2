"""The Buyer: the browser, the way through a checkout and the widget.

What a buyer does and sees is changed here alone.
"""
