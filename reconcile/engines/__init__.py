"""Engines carry out a comparison plan over data files."""
