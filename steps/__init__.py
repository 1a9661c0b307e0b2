"""How a sentence acts: one module per actor."""
