"""What people declare, as plain files: export a directory, plan what it would change, apply it.

A *kind* (metrics, features, scorecards, segments, signals, playbooks) is one file in `kinds/`; it joins the documents
and services of its room to what is the same for all: reading and writing files with their comments (`files`),
comparing (`plan`, pure), and carrying out in one transaction (`services`). What was applied is remembered, so that a
change made in the browser since then is seen and not overwritten unasked.
"""
