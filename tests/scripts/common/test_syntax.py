"""What a source text imports is found wherever it stands."""

import ast

import pytest

from scripts.common.syntax import imports, parsed


def test_imports_within_functions_count_and_names_alone_do_not():
    code = "import a.b\n\ndef f():\n    from c import d as e\n\nimports = a\n"
    assert [ast.unparse(node) for node in imports(code)] == [
        "import a.b",
        "from c import d as e",
    ]
    assert imports("") == ()


def test_what_is_no_python_is_said():
    with pytest.raises(SyntaxError):
        parsed("def")
