"""Watches what arrives: names and properties of events, volumes, and what about them operations should know.

`observation` keeps which events and properties come; `volume` and `silence` are pure and say what is usual; `problems`
opens and closes the rows that people see: one per source or event, whatever number of accounts it touches.
"""
