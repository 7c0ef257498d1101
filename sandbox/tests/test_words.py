"""The sandbox stands alone: no file of it names what is tested in it, so that it serves any template."""

from pathlib import Path

HERE = Path(__file__).parents[1]
# each in two parts, so that this file holds none of them
WORDS = tuple(
    "".join(parts)
    for parts in (
        ("verve", "rica"),
        ("private", "-connection"),
        ("private", "_connection"),
        ("hand", "-off"),
        ("hand", "off"),
        ("794031", "221915"),
    )
)
GENERATED = ("__pycache__", ".pytest_cache", ".mypy_cache", ".hypothesis", "build", "step_functions_sandbox.egg-info")


def written() -> list[Path]:
    files = (each for each in HERE.rglob("*") if each.is_file())
    return [each for each in files if not {*GENERATED} & {*each.relative_to(HERE).parts}]


def test_no_file_has_a_word_of_the_product() -> None:
    found = written()
    assert Path(__file__) in found
    texts = {each: each.read_text().lower() for each in found}
    assert [f"{each}: {word}" for each, text in texts.items() for word in WORDS if word in text] == []
