"""The lake: immutable Parquet files and the catalogue of those files in the application's SQL database.

One SQL transaction is one commit: the files of a batch, its key and whatever else the caller writes in the same
transaction become visible together. Knows nothing of what the files mean. Door: `lake.store`.
"""
