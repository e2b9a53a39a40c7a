"""`python -m functions.collector`."""

from functions.collector.main import main

main()
