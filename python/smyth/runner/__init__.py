"""Strategies and what they choose from."""
