"""Kinds of signals: their list, the page of one, the editor, and the replay of a draft."""
