"""Import of files: upload, mapping, preview, progress."""
