import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("optimizer_state")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing(
            "saving_and_loading.optimizer_state", folder, monkeypatch
        )
    return names, {label.strip(): value for label, value in labelled(text).items()}


def test_what_adam_keeps_for_a_parameter(ran):
    names, shown = ran
    assert shown["entries"] == "['state', 'param_groups']"
    assert shown["lr"] == "0.001"
    assert shown["parameters are known by number"] == "[0, 1, 2, 3, 4, 5]"
    assert shown["step"] == "()"
    assert shown["exp_avg"] == shown["exp_avg_sq"] == shown["hidden.weight"]
    assert shown["hidden.weight"] == str(tuple(names["net"].hidden.weight.shape))
    assert shown["steps taken"] == "60"


def test_adam_keeps_twice_the_model_sgd_nothing_momentum_once(ran):
    names, shown = ran
    parameters = list(names["net"].parameters())
    count = sum(parameter.numel() for parameter in parameters)
    assert shown["parameters"] == f"{count:,}"
    adam = 2 * count + len(parameters)  # and one step counter a parameter
    assert shown["Adam"] == f"0 before, {adam:,} after"
    assert shown["SGD"] == "0 before, 0 after"
    assert shown["SGD with momentum"] == f"0 before, {count:,} after"


def test_the_count_is_of_numbers(ran):
    weight = torch.zeros(3, 4, requires_grad=True)
    optimizer = torch.optim.Adam([weight])
    weight.sum().backward()
    optimizer.step()
    assert ran[0]["numbers_in_state"](optimizer) == 12 + 12 + 1
