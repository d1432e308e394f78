"""Proves that two copies of a dataset are equal, and says where they are not."""
