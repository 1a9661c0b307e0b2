"""What people and pipelines take from a run: document, pages, Markdown, JUnit, diagrams.

What a report shows is changed here alone.
"""
