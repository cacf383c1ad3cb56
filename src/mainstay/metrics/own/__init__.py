"""Metrics as people declare them: a document is read, checked and built into a metric like any shipped one. Pure.

`document` is its form, `reading` reads it from YAML, `expression` parses calculations with other metrics, `filters`
turns a condition on events into Ibis, `sources` and `counting` make numbers of events, `building` the metric. What is
stored, and the services around it, are in `metrics.stored` and `metrics.services`.
"""
