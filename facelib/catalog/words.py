"""Text as it is searched: words in lower case without accents or marks, each between two spaces."""

import re
import unicodedata

SEPARATORS = r"[^\p{L}\p{N}\p{M}]+"
"""What parts words, as DuckDB's regular expressions write it."""


def words_sql(text: str) -> str:
    """The SQL that makes the words of a text; empty text and NULL give one space.

    Args:
        text: an SQL expression of ours.

    >>> words_sql("title")[:15]
    'regexp_replace('
    """
    return f"regexp_replace(' ' || strip_accents(lower(coalesce({text}, ''))) || ' ', '{SEPARATORS}', ' ', 'g')"


def words_of(text: str) -> list[str]:
    """The words of a text as :func:`words_sql` makes them, in order.

    >>> words_of("Élan vital, 1907!")
    ['elan', 'vital', '1907']
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", bare))
