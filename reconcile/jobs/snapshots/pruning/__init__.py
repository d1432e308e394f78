"""Pruning: what the policy lets go is removed, and in two phases the content nobody needs."""
