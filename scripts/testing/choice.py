"""From the files that a change touches to the tests that it can break."""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from scripts.testing.imports import Graph, reaching

# What takes minutes is left to the whole run, unless it was changed itself.
SLOW = {
    "tests/test_it_cannot_lie.py",
    "tests/test_rehearsal.py",
    "tests/test_setup.py",
    "tests/test_stand_in_gpu.py",
    "tests/test_workflows.py",
}
# Those in a browser that look at every page look at the changed ones (QUICK_PAGES).
PAGE = (
    "tests/browser/test_pages.py::test_no_page_has_a_fault",
    "tests/browser/test_pages.py::test_links_and_anchors_lead_somewhere",
    "tests/browser/test_pages.py::test_every_page_is_described",
    "tests/browser/test_plain.py",
)
LESSON = (
    "tests/scripts/page/test_new_names.py",
    "tests/scripts/content/test_front_page.py",
)
PROGRAM = (
    "tests/test_pages.py::test_each_block_prints_what_was_captured[{slug}]",
    "tests/test_pages.py::test_three_counts_agree[{slug}]",
    "tests/test_copied_code.py",
)
BUDGETS = (
    "tests/browser/test_pages.py::test_no_page_has_a_fault",
    "tests/browser/test_budgets.py::test_the_site_as_a_whole_does",
)
QUESTIONS = (
    "tests/scripts/content/test_questions.py",
    "tests/browser/test_predictions.py"
    "::test_after_any_answer_the_right_one_is_marked_and_the_run_speaks",
)
PREDICTIONS = (
    "tests/browser/test_lesson.py::test_each_prediction_has_its_result",
    "tests/browser/test_lesson.py::test_an_answer_opens_its_result_by_mouse",
)
GUIDE = ("tests/browser/test_guide.py", "tests/scripts/content/test_guide.py")
GRADER = ("tests/browser/test_grader.py", "tests/browser/test_grader_parity.py")
CARDS = ("tests/browser/test_lesson.py", "tests/browser/test_predictions.py")
PROGRESS = ("tests/browser/test_progress.py", "tests/browser/test_storage.py")
EVERYWHERE = ("tests/browser/test_pages.py", "tests/browser/test_access.py")
COMMANDS = ("tests/test_scripts.py::test_fences_for_contributors",)

# The tests of files that no import leads to. All the rules count that fit a path.
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"scripts/(serve|setup|test)", ("tests/test_scripts.py", "tests/test_setup.py")),
    (r"scripts/(prebuild|hooks)\.py", ("tests/test_scripts.py",)),
    (r"scripts/screenshot\.py", ("tests/browser/test_screenshot.py",)),
    (r"scripts/render/plots/(?P<lesson>\w+)\.py", ("tests/{lesson}/test_plots.py",)),
    (r"snippets/(?P<name>\w+)\.py", ("tests/test_{name}.py",)),
    (r"snippets/record_on_a_gpu\.py", ("tests/test_record_notebook.py",)),
    (r"snippets/\w+/questions\.yml", (*QUESTIONS, *PAGE)),
    (r"snippets/saving_and_loading/questions\.yml", PREDICTIONS),
    (r"snippets/\w+/practice/\w+\.py", ("tests/test_practice_notebooks.py",)),
    (r"docs/(field-guide/)?[\w-]+\.md", PAGE),
    (r"docs/field-guide/.*\.md", GUIDE),
    (r"docs/saving-and-loading\.md", PREDICTIONS),
    (r"(README|docs/contributing)\.md", COMMANDS),
    (r"docs/contributing\.md", ("tests/test_recipes.py",)),
    (r"docs/notebooks/.*\.ipynb", ("tests/browser/test_notebook_pages.py",)),
    (r"docs/(assets/(?!cards/).*\.(js|css|png|svg)|overrides/.*)", BUDGETS),
    (r"docs/assets/(predict|site|progress)\.(js|css)", CARDS),
    (r"docs/(assets|overrides)/explorer\..*", ("tests/browser/test_explorer.py",)),
    (r"docs/(assets|overrides)/grader\..*", GRADER),
    (r"docs/assets/(confusion|grader)\..*", ("tests/browser/test_confusion.py",)),
    (r"docs/assets/fashion-mnist/.*", ("tests/browser/test_confusion.py", *GRADER)),
    (r"docs/assets/progress\.js", PROGRESS),
    (r"docs/assets/drawings/.*", ("tests/scripts/content/test_drawings.py",)),
    (r"docs/assets/(site|front|notebook)\..*", EVERYWHERE),
    (r"docs/overrides/.*", EVERYWHERE),
    (r"\.github/workflows/.*", ("tests/test_workflows.py",)),
)
CHECKED = re.compile(r"docs/(captures|assets/cards)/.*")  # prebuild.py --check does
EVERY_PAGE = re.compile(r"(docs/assets/(?!cards/)|docs/overrides/|scripts/|tests/b).*")


@dataclass
class Choice:
    """Tests to run, each with what calls for it, and what is not run."""

    tests: dict[str, str] = field(default_factory=dict)
    slow: dict[str, str] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)  # to look at; none means all

    def add(self, test: str, why: str) -> None:
        """Choose a test. A whole file stands for the tests in it."""
        file = test.split("::")[0]
        if file in SLOW and file != why:
            self.slow.setdefault(file, why)
        elif file not in self.tests and test not in self.tests:
            if test == file:
                inside = [name for name in self.tests if name.startswith(f"{file}::")]
                for name in inside:
                    del self.tests[name]
            self.tests[test] = why

    def files(self) -> set[str]:
        """The files of the chosen tests."""
        return {test.split("::")[0] for test in self.tests}


def choose(
    changed: Iterable[str],
    needs: Graph,
    lessons: Iterable[str],
    programs: Iterable[str],
) -> Choice:
    """What to run after a change of these paths.

    `needs` says what the tree's files import; `programs` are the lessons whose program
    is another now: only those run again.
    """
    choice, paths, lessons = Choice(), sorted(changed), set(lessons)
    programs = sorted(programs)

    def add(tests: Iterable[str], why: str, slug: str = "") -> bool:
        """Choose those of some tests that this tree has; are there any?"""
        present = [test for test in tests if test.split("::")[0] in needs]
        for test in present:
            choice.add(test.format(slug=slug), why)
        return bool(present)

    for path in paths:
        slug = slug_of(path)
        tests = [*_by_imports(path, needs), *_by_rules(path, needs)]
        if slug in lessons and path.startswith("docs/"):
            tests += LESSON
        placed = CHECKED.fullmatch(path) or slug in programs
        if not add(tests, path, slug) and not placed:
            choice.unplaced.append(path)
        if path.endswith((f"/{slug}.md", "/questions.yml")):
            choice.pages.add(slug)
    for slug in programs:
        add(PROGRAM, f"the program of {slug} is another", slug)
    if any(path.endswith(".py") for path in paths):
        add(["tests/test_style.py"], "*.py")
    if any(path.startswith("scripts/") for path in paths):
        add(["tests/scripts/test_rooms.py"], "scripts/")
    if any(EVERY_PAGE.fullmatch(path) for path in paths):
        choice.pages.clear()
    return choice


def slug_of(path: str) -> str:
    """The page that a path belongs to, as it is called in docs/; "" for none."""
    found = re.match(
        r"docs/captures/([\w-]+)/|docs/(?:field-guide/)?([\w-]+)\.md$|snippets/(\w+)/",
        path,
    )
    return next(filter(None, found.groups()), "").replace("_", "-") if found else ""


def _by_imports(path: str, needs: Graph) -> list[str]:
    """The test files that need a file: directly, or through others."""
    if path.startswith("tests/fixtures/"):
        return []
    reached = reaching(needs, path) if path in needs else ()
    return sorted(name for name in reached if is_test(name))


def _by_rules(path: str, needs: Graph) -> list[str]:
    """The tests that the rules name for a path."""
    found = []
    for rule, tests in RULES:
        if match := re.fullmatch(rule, path):
            names = [test.format(**match.groupdict()) for test in tests]
            for name in names:
                found += fnmatch.filter(needs, name) if "*" in name else [name]
    return found


def is_test(path: str) -> bool:
    """Is a path one of pytest's test files?"""
    return bool(re.fullmatch(r"tests/(.*/)?test_\w+\.py", path))
