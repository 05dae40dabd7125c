"""One folder: SQLite holds the truth, Parquet holds the rows. The door is `backends/local.py`."""
