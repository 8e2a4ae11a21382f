"""Which browser a session was opened with, in two words, so that people know theirs again; nothing finer is kept."""

FAMILIES = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
)
"""In this order: most call themselves by the names of others, too."""
SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("cros", "ChromeOS"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
)


def family(agent: str) -> str:
    """Of a User-Agent header, e.g. `Firefox, Linux`; empty where nothing is known."""
    said = agent[:500].lower()
    found = (next((name for sign, name in table if sign in said), "") for table in (FAMILIES, SYSTEMS))
    return ", ".join(name for name in found if name)
