"""What people write down in Mainstay itself: it comes from no source, and so is never late. Pure."""

from typing import Final

OWN: Final = "mainstay"
LABEL: Final = "Written down in Mainstay"
