"""The same metrics on every engine, compared value by value: `make equality`.

* `operations`: every operation the rule book allows, over rows with nulls, zeroes, negatives and ties;
* `worlds`: every case worked out by hand, and random accounts made of the same words, straight into the fact tables;
* `company`: a random company that came in through the inbox, as of several instants, from the files of the lake.

Each engine runs in a process of its own (`compute`), set up as an operator would: `MAINSTAY_METRICS_ENGINE`. The job
(`__main__`) starts what they need (`spark`, `clickhouse`) and compares what they wrote.
"""
