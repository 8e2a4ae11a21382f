import time

import pytest

from connectors.mastodon.length import length, same_words
from connectors.mastodon.plain_text import plain_text

MENTION = (
    '<span class="h-card" translate="no"><a href="https://social.test/@larkbank" class="u-url mention">'
    "@<span>larkbank</span></a></span>"
)
LONG_LINK = (
    '<a href="https://example.com/a/long/way" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">example.com/a/lo</span><span class="invisible">ng/way</span></a>'
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", ""),
        ("<p>hello</p>", "hello"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br />three</p>", "one\ntwo\nthree"),
        ("<p>one</p>\n  <p>two</p>\n", "one\n\ntwo"),
        ("no tags at all", "no tags at all"),
        ("<p>1 &lt; 2 &amp;&amp; &quot;x&quot; &#x1F621;</p>", '1 < 2 && "x" 😡'),
        (f"<p>{MENTION} you took my money twice</p>", "@larkbank you took my money twice"),
        ('<p>see <a href="https://x.test/tags/fee" class="mention hashtag">#<span>fee</span></a></p>', "see #fee"),
        (f"<p>proof: {LONG_LINK}</p>", "proof: https://example.com/a/long/way"),
        ('<p><a href="https://example.com/x">the proof</a></p>', "the proof (https://example.com/x)"),
        ('<p><a href="https://example.com/x">example.com/x</a></p>', "example.com/x"),
        ('<p><a href="https://example.com/x"><img src="i.png"></a></p>', "https://example.com/x"),
        ('<p><a href="javascript:alert(1)">press</a></p>', "press"),
        ("<ul><li>one</li><li>two</li></ul><p>end</p>", "- one\n- two\n\nend"),
        ("<blockquote>they said</blockquote><p>no</p>", "they said\n\nno"),
        ('<p class="quote-inline">RE: <a href="https://x.test/1">https://x.test/1</a></p><p>a mess</p>', "a mess"),
        ("<p>before<script>steal()</script>after</p>", "beforeafter"),
        ('<p>so <img alt=":angry:" src="e.png"></p>', "so :angry:"),
        ("<p>tab\there\u200bthere  two</p>", "tab\there\u200bthere  two"),
        ("<p>אין כסף <b>عندي</b></p>", "אין כסף عندي"),
        ("<p>1 < 2 & 3 > 2</p>", "1 < 2 & 3 > 2"),
        ("<p>left open <b>bold", "left open bold"),
        ("</p></p>closed too often", "closed too often"),
    ],
)
def test_html_becomes_what_was_typed(content: str, text: str) -> None:
    assert plain_text(content) == text


@pytest.mark.parametrize(
    "content",
    ["<p>" + "x" * 100_000 + "</p>"]
    + [
        part * 20_000
        for part in (
            "<p>a</p>",
            "<",
            "<a href='",
            "<b>",
            "</",
            "<!--",
            "<![CDATA[",
            "<?",
            "<a",
            "&#",
            "&",
            "<a '>",
            '<a b=">',
        )
    ],
)
def test_much_of_it_is_read_in_a_moment(content: str) -> None:
    began = time.perf_counter()

    plain_text(content)

    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("👩🏽‍🔧", 1),
        ("@alice hello", 12),
        ("@alice@elsewhere.test hello", 12),
        ("https://example.com/" + "x" * 200, 23),
        ("see http://a.test.", 4 + 23),
    ],
)
def test_a_text_is_as_long_as_mastodon_counts_it(text: str, count: int) -> None:
    assert length(text, per_url=23) == count


def test_the_same_words_are_known_again_as_they_are_shown() -> None:
    assert same_words("@alice We look\n\ninto it.", "@alice@elsewhere.test We look\ninto it. ")
    assert not same_words("@alice We look into it.", "@alice We looked into it.")
