"""What a sentence does to an order: purchases, refunds, reviews, deliveries.

What a step's words do is changed here alone.
"""
