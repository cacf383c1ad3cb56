"""Benchmarks: `python -m benchmarks [name …]`. Each module with a `main()` is one; all print ratios to a baseline."""
