"""What is judged and how: catalogue, endings of scenarios, the algebra of verdicts.

What a verdict means is changed here alone.
"""
