"""Stories that nobody wrote, told to the merchant sentence by sentence and judged by both books.

What stories are told, and how they are shortened, kept and reported, is changed here alone; no rule about money is.
"""
