"""`python -m container_steps.conform`."""

import sys

from container_steps.conform.command import main

sys.exit(main())
