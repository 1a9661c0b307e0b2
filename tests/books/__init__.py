"""Tests of the books: the rules over them, the reading of them, and what they decide."""
