"""The HTML that stands for a page's keys, from the templates beside this file.

Everything that is filled in is escaped, but for what is `Markup` already.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scripts.common.formatting import safe

TEMPLATES = Environment(
    loader=PackageLoader("scripts.content"),  # its folder templates/
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# `{{ text | plain }}`: what a recording gave, for HTML that Markdown reads as well
TEMPLATES.filters["plain"] = lambda text: Markup(safe(text))


def source(name: str) -> str:
    """The text of a template."""
    return TEMPLATES.loader.get_source(TEMPLATES, name)[0]


def render(name: str, **values: object) -> str:
    """A template with these values, without a blank line before or after it."""
    return TEMPLATES.get_template(name).render(values).strip("\n")
