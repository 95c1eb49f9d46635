"""How a page asks for what is measured: `{{ some.key }}` in its prose."""

import re

KEY = re.compile(r"\{\{ ?([a-z0-9_@.-]+) ?\}\}")
