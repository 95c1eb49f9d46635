"""What the templates of docs/overrides may ask for, besides what MkDocs gives them."""

from scripts.common.paths import TREE
from scripts.content import front_page
from scripts.page import front_matter
from scripts.web import colab, page_cache


def provide(env, config) -> None:
    """Give an environment of Jinja our filters, names and compiled templates.

    `"docs/notebooks/x.ipynb" | colab` is an address or nothing, `45 | minutes` is in
    words, `style("lesson.css")` is what that file holds. Raises SiteError for front
    matter of a lesson that does not say all.
    """
    env.bytecode_cache = page_cache.templates()  # compiled once
    env.filters["colab"] = lambda path: colab.colab(config, path)
    env.filters["minutes"] = front_page.minutes
    env.globals["lesson_pages"] = {
        f"{slug}.md": {**lesson, "read": front_page.minutes_to_read(slug)}
        for slug, lesson in front_matter.of_lessons().items()
    }
    env.globals["style"] = style
    env.globals["packages"] = front_matter.packages


def style(name: str) -> str:
    """A stylesheet of docs/assets, to be written into a page."""
    return (TREE.assets / name).read_text(encoding="utf-8").strip()
