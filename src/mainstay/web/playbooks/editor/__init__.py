"""The editor of playbooks: one draft, edited as a flow of steps or as YAML.

`canvas` draws the steps, `panels` is what stands beside them; forms come from pydantic models: `shapes` says how a
field is asked for, `fields` what the form shows, `posted` what was typed. `page` puts all together, `operations` takes
changes, `finishing` publishes.
"""
