"""The state database: runs, leases and dead letters. The only place for SQLAlchemy and Alembic."""
