"""Snapshots, pure: what they hold, how they differ, which are kept, whether their story holds."""
