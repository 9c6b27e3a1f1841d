"""The queue in a database: SQLite on one machine, PostgreSQL on more; SQLAlchemy is imported nowhere else."""
