"""``python -m cocapi_cli``."""

from cocapi_cli import main

main()
