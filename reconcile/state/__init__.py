"""The state database: runs and what they know. The only place for SQLAlchemy and Alembic."""
