"""The tables of lesson 1."""

from statistics import median

from scripts.common.formatting import over_runs
from scripts.render.registry import table

SLUG = "saving-and-loading"
Table = tuple[list[str], list[list]]
LOST = {  # the names that resume_cost gives to what a run has lost, in words
    "nothing": "nothing",
    "exp_avg": "the mean of the gradients",
    "exp_avg_sq": "the mean of their squares",
    "all": "both, and the count of steps (a fresh Adam)",
}
FAULTS = {  # what faults calls them, in plainer words
    "no room: no file may grow beyond half of this one": (
        "disk full (imitated: writing stops at half the file's size)"
    ),
}
CASES = {
    "adam": "Adam",
    "sgd": "SGD with momentum",
    "adam_lesson_net": "Adam, Net without dropout",
}


def yes(value: bool | None) -> str:
    """A cell that answers a question; "-" where it was not asked."""
    return {True: "yes", False: "no", None: "-"}[value]


def runs(result: dict, case: str, lost: str) -> list[dict]:
    """The runs of resume_cost in one case, with a part of the optimizer lost."""
    rows = result["series"]["runs"]
    return [run for run in rows if (run["case"], run["lost"]) == (case, lost)]


def resumed(result: dict, case: str, lost: str) -> list[list[float]]:
    """Their losses from the checkpoint on."""
    stop = result["settings"]["before"]
    found = runs(result, case, lost)
    return [run["losses"][stop - run["first_step"] :] for run in found]


def in_short(values: list[float], digits: int) -> str:
    """Median ± sample standard deviation: digits as told, or as many as it needs."""
    middle = median(values)
    if middle >= 100:
        digits = 0
    elif digits and 0 < middle < 10 ** (1 - digits) / 2:  # one digit would be left
        digits += 1
    text = over_runs(values, digits)
    return text.partition(" ± ")[0] if float(text.partition(" ± ")[2]) == 0 else text


def back(losses: list[float]) -> int:
    """Steps until the loss, once at its peak, is no higher than at the checkpoint."""
    peak = losses.index(max(losses))
    lower = [n for n in range(peak, len(losses)) if losses[n] <= losses[0]]
    return lower[0] if lower else len(losses)


@table(SLUG, "resume_cost", "cost")
def resume_cost_cost(result: dict) -> Table:
    """Loss after a resume, optimizer kept and lost, in each case."""
    measured = [
        ("loss at the checkpoint", "all", lambda losses: losses[0], 3),
        ("highest loss after, optimizer kept", "nothing", max, 3),
        ("highest loss after, optimizer lost", "all", max, 3),
        ("steps until it is back, optimizer lost", "all", back, 0),
        ("loss after all steps, kept", "nothing", lambda losses: losses[-1], 4),
        ("loss after all steps, lost", "all", lambda losses: losses[-1], 4),
    ]
    rows = [
        [
            says,
            *(in_short([*map(of, resumed(result, c, lost))], digits) for c in CASES),
        ]
        for says, lost, of, digits in measured
    ]
    for says, lost in (("kept", "nothing"), ("lost", "all")):
        lengths = [[run["length"] for run in runs(result, c, lost)] for c in CASES]
        cells = [in_short(values, 3) for values in lengths]
        rows.append([f"norm of the first step, {says}", *cells])
    return ["measured", *CASES.values()], rows


@table(SLUG, "resume_cost", "lost")
def resume_cost_lost(result: dict) -> Table:
    """Adam's highest loss after a resume, by what was lost of its state."""
    peaks = {lost: map(max, resumed(result, "adam", lost)) for lost in LOST}
    rows = [[LOST[lost], in_short([*values], 3)] for lost, values in peaks.items()]
    return ["what Adam lost", "highest loss after"], rows


@table(SLUG, "lost_scheduler", "ways")
def lost_scheduler_ways(result: dict) -> Table:
    """How many points of accuracy are lost with each part that was not restored."""
    ends: dict[tuple[str, str], list[float]] = {}
    for run in result["series"]["runs"]:
        ends.setdefault((run["way"], run["scheduler"]), []).append(run["accuracy"][-1])
    ways = list(dict.fromkeys(way for way, _ in ends))
    schedulers = list(dict.fromkeys(scheduler for _, scheduler in ends))
    rows = []
    for way in ways:
        cells = []
        for scheduler in schedulers:
            whole, mine = ends[ways[0], scheduler], ends[way, scheduler]
            lower = [best - end for best, end in zip(whole, mine, strict=True)]
            first = way == ways[0]
            cell = f"({over_runs(whole, 1)} %)" if first else over_runs(lower, 1)
            cells.append(cell)
        rows.append([way, *cells])
    return ["resumed with", *schedulers], rows


@table(SLUG, "kill_table", "kills")
def kill_table_kills(result: dict) -> Table:
    """What SIGKILL leaves behind, saved in place and saved atomically."""
    ways = {
        "plain": "torch.save over the old file",
        "atomic": "save_checkpoint (a new file, fsync, os.replace)",
    }
    counted = {
        "kills": "kills",
        "inside": "inside a save",
        "unloadable": "unloadable afterwards",
        "leftover": "temporary file left",
    }
    counts = result["counts"]
    rows = [
        [says, *(counts[f"{way}_{name}"] for name in counted)]
        for way, says in ways.items()
    ]
    return ["how it saves", *counted.values()], rows


@table(SLUG, "faults", "faults")
def faults_faults(result: dict) -> Table:
    """What PyTorch says of each fault, and what the lesson's functions say."""
    rows = [
        [FAULTS.get(r["fault"], r["fault"]), r["torch"], r["checked"]]
        for r in result["series"]["faults"]
    ]
    torch, checked = "torch.load or torch.save", "load_checkpoint or save_checkpoint"
    return ["fault", f"{torch} says", f"{checked} says"], rows


@table(SLUG, "left_out", "parts")
def left_out_parts(result: dict) -> Table:
    """Is a resumed run the same to the last bit, with each part left out?"""
    rows = [
        [run["left_out"] or "nothing", run["hash"], yes(run["same"])]
        for run in result["series"]["runs"]
    ]
    return ["left out", "hash of the final weights", "as never stopped?"], rows


@table(SLUG, "accepts", "values")
def accepts_values(result: dict) -> Table:
    """Which values may stand in a checkpoint that is loaded the safe way."""
    rows = [
        [
            value["value"],
            yes(value["saved"]),
            yes(value["loads"]),
            value["error"] or "-",
            yes(value["loads_if_allowed"]),
        ]
        for value in result["series"]["values"]
    ]
    safe, allowed = "loads with weights_only=True?", "safe_globals([its type])?"
    return ["value", "saved?", safe, "type of error", f"loads under {allowed}"], rows
