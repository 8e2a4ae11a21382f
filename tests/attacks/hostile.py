"""What is written into every field that a page shows: it would run or load something where escaping forgot it."""

CANARY = "canary.invalid"
MARKUP = (
    f'<script src="http://{CANARY}/s"></script>',
    f"<img src=http://{CANARY}/i onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    f"<svg><image href='http://{CANARY}/g'/><script>window.pwned=1</script></svg>",
    '"><script>window.pwned=1</script>',
    "' autofocus onfocus=window.pwned=1 x='",
    "{{ 7*7 }}{% for x in y %}${7*7}<%= 7*7 %>",
    "</textarea></title></style><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<div hx-get='/logout' hx-trigger='load' hx-on:load='window.pwned=1' data-hx-on='x'>",
    f"<style>@import 'http://{CANARY}/c';</style><link rel=stylesheet href=http://{CANARY}/l>",
    f"<base href=http://{CANARY}/><meta http-equiv=refresh content='0;url=http://{CANARY}/m'>",
    f"<form action=http://{CANARY}/f><button>log in again</button></form>",
    "<!--><!]]><![CDATA[<a href=javascript:window.pwned=1>x</a>",
    "\u202e<script>window.pwned=1</script>\u0000\ufffe",
)
ADDRESSES = (
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    " javascript:window.pwned=1",
    "java\tscript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//canary.invalid/x",
    f'https://{CANARY}/"onmouseover="window.pwned=1',
)
ALL = " ".join(MARKUP)
