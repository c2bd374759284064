"""Careline: a self-hosted support agent for shops."""

__version__ = "0.1.0"
