"""Files of predictions: each that is refused gets its sentence."""

import pytest
from predictions_files import FILES, PREDICTIONS

from snippets.fashion_mnist_project import read as judge


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_or_refused_with_its_sentence(tmp_path, name):
    content, sentence = FILES[name]
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    if sentence is None:
        assert judge.read_predictions(path) == PREDICTIONS
        return
    with pytest.raises(ValueError) as refused:
        judge.read_predictions(str(path))
    assert str(refused.value) == sentence
    assert path.read_bytes() == content


def test_there_are_files_of_both_kinds():
    taken = [name for name, (_, sentence) in FILES.items() if sentence is None]
    assert len(taken) >= 10 and len(FILES) - len(taken) >= 60
    assert max(len(sentence or "") for _, sentence in FILES.values()) < 200


def test_another_count(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("3\n1\n", encoding="utf-8")
    assert judge.read_predictions(path, count=2) == [3, 1]
    with pytest.raises(
        ValueError, match="has 2 predictions; the file should have 3 lines"
    ):
        judge.read_predictions(path, count=3)
