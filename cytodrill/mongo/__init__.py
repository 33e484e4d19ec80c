"""MongoDB: archives of mongodump read without a server, restored, counted and compared."""
