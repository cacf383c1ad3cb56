"""The metrics, one module per family. Every module here is found by itself."""
