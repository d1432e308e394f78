from reconcile.cli.table import table


def test_columns_line_up_and_nothing_is_cut() -> None:
    long = "x" * 200
    assert table(("id", "key"), [(1, long), (10, None)]) == f"id  key\n1   {long}\n10  -\n"


def test_what_cannot_be_seen_is_spelt_out_and_wide_characters_are_counted_as_such() -> None:
    assert table(("a", "b"), [("\x1b[2J", "東京"), ("東京", "x")]) == (
        "a            b\n⟨U+001B⟩[2J  東京\n東京         x\n"
    )
