"""Configuration files, checked whole and turned into the model."""
