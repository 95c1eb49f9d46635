import json
import pickle

import pytest
import torch
from listing import labelled, run_listing

from scripts.render.tables import saving_and_loading as tables
from snippets.saving_and_loading import accepts

REFUSED = {
    "numpy.random.get_state()",
    "numpy scalar",
    "numpy array",
    "pathlib.Path",
    "torch.__version__",
    "Enum member",
    "argparse.Namespace",
    "datetime",
    "a whole nn.Module",
}
# Its own type is not enough: NumPy rebuilds with functions and types of its own.
NEEDS_MORE = {"numpy.random.get_state()", "numpy scalar", "numpy array"}


def test_what_is_accepted_and_what_is_refused_only_at_load():
    result = accepts.main()
    columns, rows = tables.accepts_values(result)
    rows = {row[0]: row[1:] for row in rows}
    assert len(columns) == 5 and len(rows) == len(accepts.values())
    assert {n for n, row in rows.items() if row[:2] == ["yes", "no"]} == REFUSED
    assert all(rows[name][2] == "UnpicklingError" for name in REFUSED)
    assert {n for n, row in rows.items() if row[3] == "no"} == NEEDS_MORE
    assert {n for n, row in rows.items() if row[3] == "yes"} == REFUSED - NEEDS_MORE
    assert rows.pop("an imported module") == ["no", "-", "TypeError", "-"]
    for name in rows.keys() - REFUSED:
        assert rows[name] == ["yes", "yes", "-", "-"]
    assert result["counts"] == {
        "accepted": len(rows) - len(REFUSED),
        "refused": len(REFUSED) + 1,
        "allowed": len(REFUSED - NEEDS_MORE),
    }


def test_quick_tries_only_the_named_values():
    result = accepts.main(**accepts.QUICK)
    tried = [row["value"] for row in result["series"]["values"]]
    assert tried == list(accepts.QUICK["names"])
    assert result["counts"] == {"accepted": 2, "refused": 2, "allowed": 1}


def test_an_unknown_name_is_named():
    with pytest.raises(KeyError, match="no such value"):
        accepts.main(names=("no such value",))


def test_it_prints_the_same_as_json(tmp_path, monkeypatch):
    _, text = run_listing("saving_and_loading.accepts", tmp_path, monkeypatch)
    assert json.loads(text) == accepts.main()


def test_the_quick_listing_refuses_two_and_cures_them(tmp_path, monkeypatch):
    names, text = run_listing("saving_and_loading.accepts_quick", tmp_path, monkeypatch)
    assert labelled(text) == {
        "a tensor": "loads",
        "a Path": "refused with UnpicklingError",
        "a NumPy scalar": "refused with UnpicklingError",
        "str(path)": "loads",
        "float(score)": "loads",
        "new.pt holds": "{'value': 'net.pt'}",
    }
    torch.save({"value": names["path"]}, tmp_path / "again.pt")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "again.pt", weights_only=True, map_location="cpu")
