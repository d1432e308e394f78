"""Measurements: side by side with other ways to the same answer, in one run, as ratios."""
