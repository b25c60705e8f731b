"""Expressions in numbers: what is drawn, evaluation in float64 and at 50 digits, and comparison.

It shares the expression tree with the calculus and nothing else.
"""
