"""Background work behind the `django.tasks` interface: one table, leases, heartbeats, fencing, back-off.

A job whose worker dies runs again after its lease; a job runs at least once, so every job must be a no-op when
repeated. The doors: `@task` and `.enqueue()` of Django; `services.enqueue_once` for work with a key of its own; `cron`
for work by the clock; `worker.run` carries jobs out; `locks.only_one` keeps a second process out.
"""
