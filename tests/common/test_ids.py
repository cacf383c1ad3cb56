from mainstay.common import ids


def test_the_same_content_gives_the_same_id_and_other_content_another() -> None:
    assert ids.derived_id("run", "techcorp", 1) == ids.derived_id("run", "techcorp", "1")
    assert ids.derived_id("run", "techcorp", 1) != ids.derived_id("task", "techcorp", 1)
    assert ids.derived_id("run", "a", "bc") != ids.derived_id("run", "ab", "c")


def test_secrets_say_what_they_are_and_differ() -> None:
    first, second = ids.new_secret("mw"), ids.new_secret("mw")
    assert first.startswith("mw_")
    assert len(first) == 36
    assert first.removeprefix("mw_").isalnum()
    assert first != second
    assert ids.hash_secret(first) != ids.hash_secret(second)
