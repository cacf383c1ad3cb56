"""Portfolio and Account."""
