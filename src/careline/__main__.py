"""`python -m careline` is the command line."""

from careline.cli import main

main()
