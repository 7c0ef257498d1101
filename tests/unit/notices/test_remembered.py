"""What an item remembers of what was told."""

from typing import Any

from private_connection.notices.remembered import ToldFinding, told_findings


def test_findings_are_told_by_code_and_field() -> None:
    def found(code: str, field: str) -> dict[str, Any]:
        return {"code": code, "level": "info", "field": field, "message": "external id ws-1", "remedy": "r"}

    assert told_findings([found("B", "x"), found("A", "y"), found("B", "x"), found("A", "x")]) == tuple(
        ToldFinding(code=code, level="info", field=field) for code, field in (("A", "x"), ("A", "y"), ("B", "x"))
    )
