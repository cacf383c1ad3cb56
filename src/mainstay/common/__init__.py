"""The ground floor: time, money, ids, errors. Imports the standard library and nothing of ours; no Django."""
