"""Restoring a snapshot: to a folder in either cloud or on disk, every byte checked."""
