"""The plots of lesson 1."""

from scripts.render.plots.style import INK, A, B, C, D, band, legend_below, plot

SLUG = "saving-and-loading"


@plot(SLUG, "resume_cost", "loss")
def resume_cost_loss(axes, result: dict) -> str:
    """Loss around the checkpoint, optimizer kept and lost, Adam and SGD."""
    series, metrics = result["series"], result["metrics"]
    band(axes, series["adam_fresh"], A, "Adam, optimizer lost")
    band(axes, series["adam_kept"], B, "Adam, optimizer kept", "--")
    band(axes, series["sgd_fresh"], D, "SGD with momentum, optimizer lost")
    band(axes, series["sgd_kept"], C, "SGD with momentum, optimizer kept", "--")
    axes.axvline(100, color=INK, linewidth=1, linestyle=":")
    axes.set(yscale="log", xlabel="step", ylabel="training loss (log scale)")
    axes.text(101, axes.get_ylim()[0], "checkpoint", va="bottom")
    legend_below(axes)
    ratio = metrics["adam_peak_ratio"]["median"]
    back = metrics["adam_steps_back"]["median"]
    seeds = len(series["adam_fresh"]["y"])
    return (
        f"Training loss around a checkpoint at step 100, {seeds} seeds. With the "
        f"optimizer kept, Adam's loss goes on falling. With it lost, the loss jumps to "
        f"{ratio:.0f} times its value within a few steps and is back after about "
        f"{back:.0f}. SGD with momentum shows no jump, kept or lost."
    )


@plot(SLUG, "lost_scheduler", "accuracy")
def lost_scheduler_accuracy(axes, result: dict) -> str:
    """Validation accuracy in the last fifth of training, by what was restored."""
    series, metrics = result["series"], result["metrics"]
    ways = [
        ("everything_kept", B, "everything restored", "-"),
        ("adams_averages_lost", C, "Adam's averages lost", "--"),
        ("optimizer_lost", D, "optimizer lost (its rate too)", "-."),
        ("both_lost", A, "optimizer and scheduler lost", "-"),
    ]
    for key, colour, label, dashes in ways:
        band(axes, series[f"cosineannealinglr_{key}"], colour, label, dashes)
    axes.set(xlabel="step", ylabel="validation accuracy, %")
    legend_below(axes)
    lost = metrics["cosineannealinglr_both_lost_lower"]["median"]
    end = metrics["cosineannealinglr_everything_kept_end"]["median"]
    seeds = len(series["cosineannealinglr_everything_kept"]["y"])
    return (
        f"Validation accuracy over the last fifth of training with CosineAnnealingLR, "
        f"{seeds} seeds. With everything restored it ends at {end:.1f} percent. "
        f"Without optimizer and scheduler it ends {lost:.1f} points lower."
    )
