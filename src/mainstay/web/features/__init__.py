"""The feature catalogue: what the product can do, who has it, who uses it, and which events show that."""
