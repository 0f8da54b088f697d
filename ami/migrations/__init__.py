"""Alembic migrations of every table, the outbox's included."""
