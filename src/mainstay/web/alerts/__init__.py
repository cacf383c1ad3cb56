"""What a person was told, what was held back and why, her digests, and what she asks to be told."""
