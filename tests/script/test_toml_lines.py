"""The scanner finds every key of any TOML text on its line."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oner.errors import FilmError
from oner.script.toml_lines import parse, scan

TEXT = '''\
# comment = "no key"
a = 1
"b c".d = 'x # y'   # comment

[t.u]
list = [1, # one
  "two ]",
  { k = "}" }]
text = """
# not a comment
[not a table]
"""
[[s]]
k = """one line "quoted" """
[[s]]
[s.sub]
k = 2
'''


def test_every_key_has_its_line_and_value():
    """Strings, lists over lines, inline tables, dotted keys and arrays of tables are all found."""
    entries = scan(TEXT)
    found = {path: (entry.line, TEXT[entry.start : entry.end]) for path, entry in entries.items()}
    assert found["a",] == (2, "1")
    assert found["b c", "d"] == (3, "'x # y'")
    assert found["t", "u", "list"] == (6, '[1, # one\n  "two ]",\n  { k = "}" }]')
    assert found["t", "u", "text"][0] == 9
    assert found["s", 0, "k"] == (14, '"""one line "quoted" """')
    assert found["s", 1] == (15, "[[s]]")
    assert found["s", 1, "sub", "k"] == (17, "2")


def test_syntax_errors_carry_their_line():
    """What tomllib says is kept, with the line in front."""
    with pytest.raises(FilmError, match="line 2: this is not TOML: ") as caught:
        parse('a = 1\nb = "x\n')
    assert caught.value.line == 2


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20) | st.integers(0, 9), max_size=5))
def test_values_are_cut_out_exactly(table):
    """The characters that the scanner gives for a value are that value."""
    import tomlkit

    text = tomlkit.dumps(table)
    for (key,), entry in scan(text).items():
        assert tomllib.loads(f"v = {text[entry.start : entry.end]}")["v"] == table[key]
        assert text.count("\n", 0, entry.start) + 1 >= entry.line
