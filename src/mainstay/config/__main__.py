"""`python -m mainstay.config` is `mainstay`."""

from mainstay.config.cli import main

main()
