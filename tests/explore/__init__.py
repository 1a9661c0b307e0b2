"""Tests of the stories that nobody wrote: their sentences, how they are told, shortened, kept and reported."""
