"""The pages of segments: the list, a segment with who is in it, its form."""
