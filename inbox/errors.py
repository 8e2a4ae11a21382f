"""Refusals with a page of their own."""


class RefusedError(Exception):
    """Shown to the person as it is: what happened, and the way out."""

    def __init__(self, status: int, title: str, advice: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.advice = advice


def not_found(what: str) -> RefusedError:
    return RefusedError(404, f"There is no {what}", "The link may be old or mistyped. The queue shows every open case.")


def not_allowed(role: str) -> RefusedError:
    advice = "Nothing was changed. An administrator can give you another role."
    return RefusedError(403, f"The role {role} may not do this", advice)


def bad_form(why: str) -> RefusedError:
    return RefusedError(400, "This form could not be read", f"{why}. Nothing was changed; go back and try again.")
