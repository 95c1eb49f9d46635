"""What the front page says of the lessons, and the minutes that one takes."""

import math
import re
from collections.abc import Iterator

from scripts.captures import expected
from scripts.common.once import once
from scripts.common.paths import captures_of, page_path
from scripts.content import evidence, questions
from scripts.content.keys import KEY
from scripts.content.templating import render
from scripts.page import front_matter, program
from scripts.page.fences import INCLUDE, prose
from scripts.page.new_names import new_names

# How long a lesson takes to read: prose as it is read to be understood, and code. The
# sum is rounded up to the next five minutes.
WORDS_A_MINUTE, LINES_A_MINUTE = 150, 20
WORD = re.compile(r"\S*\w\S*")
SECTION = re.compile(r" \(\d[\d., ]*\)")  # of the course before, which not all know
MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)|\{[ .#:][^{}]*\}")


@once
def minutes_to_read(slug: str) -> int:
    """How long a lesson takes to read, with its questions, by its words and lines."""
    code = [block.code.splitlines() for block in program.program(slug)]
    lines = sum(bool(line.strip()) for block in code for line in block)
    words = sum(len(WORD.findall(text)) for text in _prose(slug))
    return 5 * math.ceil((words / WORDS_A_MINUTE + lines / LINES_A_MINUTE) / 5)


def _prose(slug: str) -> Iterator[str]:
    """What a reader of a lesson reads besides code and output: a line or an answer."""
    text = page_path(slug).read_text(encoding="utf-8")
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    for line in prose(text):
        if not INCLUDE.match(line.text):
            yield MARKUP.sub("", line.text)
    asked = questions.read(slug)
    for question in asked.get("predictions", {}).values():
        yield question["question"]
        yield question.get("shows", {}).get("says", "")
        yield from (answer["text"] for answer in question["answers"])
        yield from (answer.get("right", "") for answer in question["answers"])
    for question in asked.get("retrieval", []):
        yield from (question["question"], question["answer"])


def minutes(count: int) -> str:
    """`45 minutes`, and `4 hours` from two hours on."""
    return f"{count} minutes" if count < 120 else f"{count // 60} hours"


def needs() -> str:
    """What to install for all lessons, in words."""
    each = [
        name
        for slug in front_matter.of_lessons()
        for name in front_matter.packages(slug)
    ]
    *most, last = dict.fromkeys(each)
    return f"{', '.join(most)} and {last}"


def markdown() -> str:
    """The lessons for the front page: a card each, with one number that it measured."""
    cards = []
    for slug, facts in front_matter.of_lessons().items():
        asked = len(questions.read(slug).get("predictions", {}))
        cards.append(
            f'<div class="front-lesson" markdown="1">\n\n'
            f"{facts['number']} · {facts['load_type']}\n{{ .front-load }}\n\n"
            f"## [{front_matter.title(slug)}]({slug}.md)\n\n"
            f"“{facts['from']}” → “{facts['to']}”\n\n"
            f"{questions.filled(facts['measured'])}\n{{ .front-number }}\n\n"
            f"{questions.filled(' '.join(facts['measures'].split()))} "
            f"([evidence](evidence.md#{source(facts['measured'])})).\n\n"
            f"{minutes(minutes_to_read(slug))} to read, {minutes(facts['do'])} to do. "
            f"You need: {SECTION.sub('', facts['needs'])}.\n{{ .front-takes }}\n\n"
            f'<p class="front-progress" data-lesson="{slug}" '
            f'data-predictions="{asked}">{asked} predictions</p>\n\n</div>'
        )
    return "\n\n".join(cards)


def source(text: str) -> str:
    """The row of the page of evidence that has the first number of a text."""
    slug, capture, *_ = KEY.search(text)[1].split(".")
    name, _, device = capture.partition("@")
    return evidence.anchor(expected.wanted(slug, name, device or "cpu"))


def hours() -> str:
    """How long the lessons take in all, in words."""
    lessons = front_matter.of_lessons().items()
    read = sum(minutes_to_read(slug) for slug, _ in lessons)
    do = sum(facts["do"] for _, facts in lessons)
    return f"{round(read / 60)} hours to read, {round(do / 60)} to do"


def hero() -> str:
    """A prediction of the first lesson, which answers with a plot on the front page."""
    slug, key, plot = "saving-and-loading", "resume", "resume_cost-loss.svg"
    svg = (captures_of(slug) / plot).read_text(encoding="utf-8")
    return questions.prediction(slug, key, svg, f"{slug}/#{key}")


def counted_names() -> str:
    """What the picture of the load counts, in words."""
    counted = new_names()
    said = [f"{count} in {front_matter.title(slug)}" for slug, count in counted.items()]
    return (
        f"PyTorch’s names, such as <code>torch.save</code>, that are new in a lesson’s "
        f"blocks: {', '.join(said)}. What the first lesson recalls from MNIST counts "
        f"as known."
    )


def progress() -> str:
    """The reader's own progress, before progress.js has filled it in."""
    return render("progress.html")
