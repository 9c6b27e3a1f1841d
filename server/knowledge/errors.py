"""What can go wrong with articles at the desk."""

from server.errors import DeskError


class WorkshopFailed(DeskError):
    """Speech, recognition or the articles themselves cannot be used just now; the text says why."""


class ArticleMissing(DeskError):
    """No such article or version is kept."""

    def __init__(self, article_id: str, number: int | None = None) -> None:
        super().__init__(f"no article {article_id!r}" + (f" in version {number}" if number else ""))


class PublicationRefused(DeskError):
    """Nothing was published; `reason` is a key of `publish.html`.

    "nothing": nothing changes; "no_gate": the gate was not passed with exactly these articles; "worse": it was not
    passed; "reason": a lead's word needs a reason; "devices": no device was chosen; "no_previous": there is nothing
    to go back to.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not published: {reason}")
