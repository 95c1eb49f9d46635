"""The plots of lesson 1."""

from scripts.render.plots.style import INK, A, B, C, D, band, name_lines, plain_numbers
from scripts.render.registry import plot

SLUG = "saving-and-loading"
NAME = "CosineAnnealingLR"  # the scheduler that the lesson shows


def runs(result: dict, **which) -> list[dict]:
    """The recorded runs in which these columns have these values."""
    rows = result["series"]["runs"]
    return [run for run in rows if which.items() <= run.items()]


@plot(SLUG, "resume_cost", "loss")
def resume_cost_loss(axes, result: dict) -> str:
    """Loss around the checkpoint, optimizer kept and lost, Adam and SGD."""
    metrics, stop = result["metrics"], result["settings"]["before"]
    for case, lost, colour, label, dashes in (
        ("adam", "all", A, "Adam, lost", "-"),
        ("adam", "nothing", B, "Adam, kept", "--"),
        ("sgd", "all", D, "SGD, lost", "-"),
        ("sgd", "nothing", C, "SGD, kept", "--"),
    ):
        found = runs(result, case=case, lost=lost)
        steps = [found[0]["first_step"] + n for n in range(len(found[0]["losses"]))]
        curves = {"x": steps, "y": [run["losses"] for run in found]}
        band(axes, curves, colour, label, dashes)
    axes.axvline(stop, color=INK, linewidth=1, linestyle=":")
    axes.set(yscale="log", xlabel="step")
    axes.set_title("loss (log scale), optimizer lost or kept")
    plain_numbers(axes.yaxis)
    axes.text(stop + 1, axes.get_ylim()[0], "checkpoint", va="bottom")
    name_lines(axes)
    ratio = metrics["adam_peak_ratio"]["median"]
    back = metrics["adam_steps_back"]["median"]
    seeds = metrics["adam_peak_ratio"]["n"]
    return (
        f"Training loss around a checkpoint at step {stop}, {seeds} seeds. With the "
        f"optimizer kept, Adam's loss goes on falling. With it lost, the loss jumps to "
        f"{ratio:.0f} times its value within a few steps and is back after about "
        f"{back:.0f}. SGD with momentum shows no jump, kept or lost."
    )


@plot(SLUG, "lost_scheduler", "accuracy")
def lost_scheduler_accuracy(axes, result: dict) -> str:
    """Validation accuracy in the last fifth of training, by what was restored."""
    metrics = result["metrics"]
    for way, colour, label, dashes in (
        ("everything kept", B, "everything\nrestored", "-"),
        ("Adam's averages lost", C, "averages lost", "--"),
        ("optimizer lost", D, "optimizer lost", "-."),
        ("both lost", A, "optimizer and\nscheduler lost", "-"),
    ):
        found = runs(result, scheduler=NAME, way=way)
        curves = {"x": found[0]["steps"], "y": [run["accuracy"] for run in found]}
        band(axes, curves, colour, label, dashes)
    axes.set(xlabel="step", title="validation accuracy, %")
    axes.locator_params("x", nbins=5)
    name_lines(axes)
    lost, end = metrics["both_lost"]["median"], metrics["everything_kept"]["median"]
    return (
        f"Validation accuracy over the last fifth of training with {NAME}, "
        f"{metrics['both_lost']['n']} seeds. With everything restored it ends at "
        f"{end:.1f} percent. Without optimizer and scheduler it ends {lost:.1f} points "
        "lower."
    )
