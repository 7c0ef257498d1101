"""The pictures in docs/architecture.md are those of the definitions, and a picture says what a definition says."""

from pathlib import Path

import pytest

from tests.statemachine.seeds import MACHINE
from tools.definitions import graph
from tools.definitions.graph import MARKED, drawn_into, flowchart
from tools.definitions.reading import all_states, definitions, read

SMALL = """flowchart TD
  s1["Check cluster"]
  s2{"Ready?"}
  s3{{"Wait for it"}}
  subgraph s4["Each: for each of $nodes, 20 at a time"]
    s9["Offer"]
    s10("Not offered")
    s9 -. error .-> s10
  end
  s5{"More?"}
  s6(["Done"])
  s7(["Failed"])
  s8(["Failed late"])
  s1 --> s2
  s2 -->|"$cluster.ready"| s4
  s2 -->|"$waited ≥ LimitSeconds"| s8
  s2 -->|"otherwise"| s3
  s3 --> s1
  s4 --> s5
  s5 -->|"$count($offers) #lt; $count($nodes)"| s4
  s5 -->|"otherwise"| s6
  s1 -. error .-> s7
  s4 -. error .-> s7
  classDef succeed stroke:#1a7f37,stroke-width:3px
  class s6 succeed
  classDef fail stroke:#cf222e,stroke-width:3px
  class s7,s8 fail"""
STOP = {"Type": "Succeed"}


def test_a_small_definition() -> None:
    assert flowchart(MACHINE) == SMALL


def test_branches_are_boxes() -> None:
    branches = [{"StartAt": name, "States": {name: STOP}} for name in ("Left", "Right")]
    chart = flowchart({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches}}})
    assert '  subgraph s1["Both"]\n    subgraph s1b1[" "]\n      s2(["Left"])\n    end' in chart


def test_errors_that_many_states_catch_are_one_arrow() -> None:
    catching = {"Type": "Pass", "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]}
    states = {name: catching for name in "abcd"} | {"Sorry": STOP}
    chart = flowchart({"StartAt": "a", "States": states})
    assert 's5e>"any error"] -.-> s5' in chart
    assert "-. error .->" not in chart


def test_labels_keep_mermaid_in_one_piece() -> None:
    rules = [{"Condition": '{% $x = "<a>" %}', "Next": "End"}]
    states = {"Which?": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": STOP}
    assert '|"$x = #quot;#lt;a#gt;#quot;"|' in flowchart({"StartAt": "Which?", "States": states})


@pytest.mark.parametrize("path", definitions(), ids=lambda path: path.name)
def test_a_picture_has_every_state(path: Path) -> None:
    chart = flowchart(read(path))
    assert all(f'"{name}' in chart for name, _ in all_states(read(path)))


def test_the_page_shows_the_definitions_as_they_are() -> None:
    page = graph.PAGE.read_text()
    assert {match["machine"] for match in MARKED.finditer(page)} >= {"provision", "teardown"}
    assert drawn_into(page) == page, "run make graph"


def test_an_outdated_picture_is_noticed_and_redrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "a\n<!-- graph: provision -->\nold\n<!-- /graph -->\nb\n<!-- graph: teardown -->\n<!-- /graph -->\nc\n"
    )
    monkeypatch.setattr(graph, "PAGE", page)
    assert graph.main(["--check"]) == 1
    graph.main([])
    assert graph.main(["--check"]) == 0
    assert [line for line in page.read_text().splitlines() if len(line) == 1] == ["a", "b", "c"]
