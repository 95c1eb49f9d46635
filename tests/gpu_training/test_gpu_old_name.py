"""The old names warn, the new ones do not."""

import warnings

import torch
from listing import run_listing


def test_both_old_names_warn_and_say_what_to_use(tmp_path, monkeypatch):
    # pytest turns FutureWarning into an error, as the page's run does: it must pass.
    _, text = run_listing("gpu_training.old_name", tmp_path, monkeypatch)
    joined = " ".join(text.split())
    assert joined.count("FutureWarning: ") == 2
    for name in ("GradScaler", "autocast"):
        assert (
            f"FutureWarning: `torch.cuda.amp.{name}(args...)` is deprecated" in joined
        )
        assert f"use `torch.amp.{name}('cuda', args...)` instead" in joined
    assert "UserWarning" not in text


def test_the_new_names_say_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.amp.GradScaler("cpu")
        torch.autocast("cpu", dtype=torch.bfloat16)
