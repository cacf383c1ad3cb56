"""What arrives: sources, volumes, events and their properties, and what is wrong with them."""
