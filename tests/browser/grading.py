"""The grader's page, for tests: giving it files, and reading what it shows."""

import re

SLUG = "fashion-mnist-project"
PLACE = f"{SLUG}/"
CLEAR = 'document.getElementById("grader-answer").replaceChildren()'
ANSWERED = 'document.getElementById("grader-answer").firstElementChild !== null'
LABELS = """async () => ({
  ...await import(document.querySelector("link[href$='/labels.js']").href)
})"""
REPORT = """() => {
  const texts = (root, selector) =>
    [...root.querySelectorAll(selector)].map(node => node.textContent)
  const report = document.getElementById("grader-report")
  return {
    score: report.querySelector(".grader-score").textContent,
    says: report.querySelector(".grader-score + p").textContent,
    hint: report.querySelector(".grader-hint")?.textContent ?? "",
    bars: texts(report, ".grader-bars li"),
    classes: [...report.querySelectorAll(".grader-classes tbody tr")]
      .map(row => texts(row, "th, td:not([aria-hidden])")),
    confusion: [...report.querySelectorAll(".confusion-matrix tbody tr")]
      .map(row => texts(row, "td button")),
  }
}"""


def text(predictions) -> bytes:
    """The file that the notebook would write."""
    return "".join(f"{guess}\n" for guess in predictions).encode()


def give(page, content: bytes, name="predictions.csv") -> str:
    """Choose a file, and wait for what the page says to it: the sentence."""
    page.evaluate(CLEAR)
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.set_input_files("#grader-file", file)
    page.wait_for_function(ANSWERED)
    return page.locator("#grader-answer > span").text_content()


def answer(page) -> str:
    """All that the page says of the last file."""
    return page.locator("#grader-answer").text_content()


def labels(page) -> dict:
    """What labels.js gives to the page, by name."""
    return page.evaluate(LABELS)


def report(page) -> dict:
    """What the report shows; its texts, as they stand there."""
    return page.evaluate(REPORT)


def numbers(sentence: str) -> list[str]:
    """The numbers in a sentence, as they are written."""
    return re.findall(r"\d[\d,.]*\d|\d", sentence)


def cell(page, label: str, guess: str, box="#confusion"):
    """The button of a cell of a confusion matrix."""
    what = "recognised" if label == guess else f"taken for {guess}"
    return page.locator(f'{box} td button[aria-label^="{label} {what}:"]')


def focused(page) -> str:
    """What has the focus: the name of its label, its id, or its text."""
    return page.evaluate(
        "(({ ariaLabel, id, textContent }) => ariaLabel || id || textContent)"
        "(document.activeElement)"
    )
