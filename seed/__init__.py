"""`python -m seed`: roles, tables and sample data of every domain, a file of events in the lake, all of it verified."""
