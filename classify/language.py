"""Which language a text is in, restricted to those likely on customer channels.

py3langid carries its model inside the package; against two others it was the best on short English, Turkish and
Bulgarian posts.
"""

import re

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
LANGUAGES = ("ar", "bg", "de", "el", "en", "es", "fr", "hi", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk")
_SHORT_CHARACTERS = 40
"""Below this a platform's own word is worth more than ours."""
_MOST_CHARACTERS = 80
_LEAST_LETTERS = 3
_LEAST_CONFIDENCE = 0.2
_TAG = re.compile(r"([a-zA-Z]{2})(?:$|[-_])")


class LanguageDetector:
    """Holds the identifier's tables; make one and keep it."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(LANGUAGES)

    def detect(self, words: str, given: str | None) -> str:
        """Two-letter code, or `und`.

        Args:
            words: the words of the text, without handles, addresses and marks.
            given: BCP 47 tag as the platform gave it; believed for short texts, and where ours is a guess.
        """
        tag = _TAG.match(given or "")
        told = tag.group(1).lower() if tag else UNDETERMINED
        if told != UNDETERMINED and len(words) < _SHORT_CHARACTERS:
            return told
        if len(words) < _LEAST_LETTERS:
            return UNDETERMINED
        code, confidence = self._identifier.classify(words[:_MOST_CHARACTERS])
        return str(code) if confidence >= _LEAST_CONFIDENCE else told
