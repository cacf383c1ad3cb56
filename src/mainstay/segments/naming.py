"""Who names a segment. What is named can be neither removed nor kept to oneself: its condition would be missing there.

The rooms above say which of their functions answers, as for metrics (`metrics.uses`):

    naming.register("signals", "mainstay.signals.uses.uses_of_segment")
"""

from mainstay.common.uses import Use, Uses

__all__ = ["Use", "of", "register"]

_uses = Uses()
register, of = _uses.register, _uses.of
