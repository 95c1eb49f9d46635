"""Only with every part do the final weights have the same bits."""

import pytest
from listing import ROOT

from snippets.saving_and_loading import left_out


@pytest.fixture(scope="module")
def rows():
    """The table in quick settings: what was left out → hash, same?"""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        result = left_out.main(**left_out.QUICK)
    assert result["metrics"]["differ"]["median"] == len(left_out.PARTS)
    return {row[0]: row[1:] for row in result["tables"]["parts"]["rows"]}


def test_with_everything_the_bits_are_the_same(rows):
    assert rows["nothing"][1] == "yes"


@pytest.mark.parametrize("part", left_out.PARTS)
def test_without_one_part_they_differ(rows, part):
    assert rows[part][1] == "no"
    assert rows[part][0] != rows["nothing"][0]
