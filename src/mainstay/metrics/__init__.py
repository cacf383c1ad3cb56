"""A number per account as of a date, by a declared formula.

`definitions/` say what a metric is, `plan` decides what is computed in one pass, `engine` runs it. A definition never
executes and never reads the clock. The present profile of every account is a row of the SQL table `metrics_profile`
(a column per metric), past ones are kept in the lake, one file a day.

Door: `registry.all_metrics` (shipped and declared by users; cache on what it gives), `uses` (who names a metric),
`services.refresh_profiles`, `services.backfill`, `selectors`, `lineage.explain`.
"""
