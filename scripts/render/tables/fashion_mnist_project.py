"""The tables of lesson 3."""

from statistics import mean, median, stdev

from scripts.common.formatting import over_runs, threads
from scripts.render.registry import table

SLUG = "fashion-mnist-project"
Table = tuple[list[str], list[list]]
VARIANTS = {  # of regularise, as the pages call them
    "plain": "plain",
    "dropout": "dropout 0.3",
    "decay": "weight decay 0.1",
    "norm": "batch norm",
    "flip": "flip left to right",
    "smoothing": "label smoothing 0.1",
    "upside_down": "flip top to bottom",
}
LEVELS = {"softmax": "softmax regression"}  # others are called as they are


def column(rows: list[dict], name: str, **which) -> list:
    """One value of each row in which these columns have these values."""
    return [row[name] for row in rows if which.items() <= row.items()]


def names(rows: list[dict], name: str) -> list[str]:
    """The different values of a column, in order."""
    return list(dict.fromkeys(row[name] for row in rows))


@table(SLUG, "baseline_runs", "classes")
def baseline_classes(result: dict) -> Table:
    """Validation accuracy of each class: the median over seeds, lowest and highest."""
    found = result["series"]["classes"]
    rows = []
    for name in names(found, "class"):
        values = column(found, "accuracy", **{"class": name})
        cells = [f"{f(values):.1f}" for f in (median, min, max)]
        rows.append([name, *cells])
    return ["class", "accuracy, %, median", "lowest seed", "highest seed"], rows


@table(SLUG, "regularise", "variants")
def regularise_variants(result: dict) -> Table:
    """Each variant's validation accuracy, and its gain over plain, seed by seed."""
    runs = result["series"]["runs"]
    pairs = {pair["variant"]: pair for pair in result["series"]["pairs"]}
    rows = []
    for name in names(runs, "variant"):
        values, train = (column(runs, part, variant=name) for part in ("val", "train"))
        row = [VARIANTS[name], "", ""]
        if pair := pairs.get(name):
            difference, error = pair["difference"], pair["standard_error"]
            better = "yes, better" if difference > 0 else "yes, worse"
            row[1] = better if pair["beyond"] else "no"
            row[2] = f"{difference:+.2f} ± {error:.2f}"
        row.append(f"{mean(values):.2f} ± {stdev(values):.2f}")
        rows.append([*row, f"{mean(train):.1f}"])
    columns = [
        "variant",
        f"differs from plain by more than {result['settings']['errors']} standard "
        "errors?",
        "difference, same seed: mean ± standard error",
        "validation accuracy, %: mean ± standard deviation",
        "training accuracy, %: mean",
    ]
    return columns, rows


def reaches(curve: list, target: float) -> float | None:
    """CPU seconds until a run, [[seconds, accuracy], …], first has the target."""
    return next((seconds for seconds, accuracy in curve if accuracy >= target), None)


@table(SLUG, "references", "recipes")
def references_recipes(result: dict) -> Table:
    """What each level reaches, and what it costs."""
    runs, settings = result["series"]["runs"], result["settings"]
    rows = []
    for level in names(runs, "level"):
        test, val, wall, cpu, curves = (
            column(runs, part, level=level)
            for part in ("test", "val", "wall_s", "cpu_s", "curve")
        )
        first = [reaches(curve, settings["target"]) for curve in curves]
        # A run that never gets there counts with its whole time.
        until = [curves[n][-1][0] if s is None else s for n, s in enumerate(first)]
        cells = [over_runs(test, 2), f"{min(test):.2f} to {max(test):.2f}"]
        cells += [over_runs(val, 2), over_runs(wall, 1), over_runs(cpu, 1)]
        cells.append(over_runs(until, 1))
        there = len(first) - first.count(None)
        rows.append([LEVELS.get(level, level), *cells, f"{there} of {len(first)}"])
    columns = ["recipe", "test, %", "lowest to highest", "validation, %", "seconds"]
    columns += [f"CPU seconds, {threads(settings['threads'])}"]
    columns += [f"CPU seconds to {settings['target']:.0f} % validation", "got there"]
    return columns, rows


@table(SLUG, "references", "bars")
def references_bars(result: dict) -> Table:
    """Each bar beside the seeds that should and should not pass it."""
    rows = []
    for row in result["series"]["bars"]:
        seeds, missed, reached = row["seeds"], row["missed"], row["reached"]
        why = [f"{missed} of {seeds} of its reference miss it"] * bool(missed)
        why += [f"{reached} of {seeds} below reach it"] * bool(reached)
        below = LEVELS.get(row["below"], row["below"])
        stands = f"no: {', '.join(why)}" if why else "yes"
        cells = [f"{row['at_least']:.1f}", stands, f"{row['lowest']:.2f}"]
        rows.append([row["bar"], *cells, below, f"{row['highest_below']:.2f}"])
    columns = ["bar", "at least, %", "stands", "lowest seed of its reference, %"]
    return [*columns, "the level below", "its highest seed, %"], rows
