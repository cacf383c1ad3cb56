"""Import of files: CSV, JSON lines and Parquet become accounts, contacts, contracts, tickets and events.

`readers` gives the text of a file in chunks, `kinds` says what may be imported, `guessing` and `mapping` tie columns to
fields, `dates`, `numbers` and `parsing` turn text into values or into a reason, `importer` runs it all and writes what
failed into a file that can be corrected and imported again. Nothing is guessed that has two meanings.
"""
