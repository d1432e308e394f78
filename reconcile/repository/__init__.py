"""A repository of snapshots over a store: content by its checksum, manifests, a ledger."""
