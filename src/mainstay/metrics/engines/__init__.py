"""The same metrics on other engines: each compiles the plan to its own SQL and runs it over the files of the lake."""
