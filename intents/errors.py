"""What can go wrong in the language layer."""


class LanguageError(Exception):
    """Base of all errors of `intents`."""


class NotJapanese(LanguageError):
    """A reading could not be found: the text holds nothing that can be said in Japanese."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no reading for {text!r}: write it in Japanese, or give a reading in kana")
