"""PostgreSQL + PostGIS: reading the dump, restoring it, counting it, reading production."""
