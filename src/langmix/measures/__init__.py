"""Effectiveness and language bias, computed from ranks."""
