"""Lianxin (连心): a whole city's public side in one Django application."""

__version__ = "0.1.0"
