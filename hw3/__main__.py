"""``python -m hw3`` is the ``hw3`` command."""

import sys

from hw3.cli import main

if __name__ == "__main__":
    sys.exit(main())
