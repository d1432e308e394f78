"""Backing a dataset up, proving it, bringing it back: what the command line and the DAGs call."""
