"""Proving snapshots: that what lies there is what was saved, and that a copy has the same."""
