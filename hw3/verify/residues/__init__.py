"""Expressions modulo a random prime: exact evaluation, as a witness of its own."""
