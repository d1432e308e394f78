"""Making a snapshot: what is listed, what of it is saved, and whether it was all there at once."""
