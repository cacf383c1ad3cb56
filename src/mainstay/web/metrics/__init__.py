"""What is measured: each metric in words, how good its data is, who uses it."""
