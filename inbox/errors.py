from inbox.languages import _

"""Refusals with a page of their own."""


class RefusedError(Exception):
    """Shown to the person as it is: what happened, and the way out."""

    def __init__(self, status: int, title: str, advice: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.advice = advice


def not_found(what: str) -> RefusedError:
    return RefusedError(
        404,
        _("There is no %(what)s", what=what),
        _("The link may be old or mistyped. The queue shows every open case."),
    )


def not_logged_in() -> RefusedError:
    return RefusedError(401, _("You are not logged in"), _("Nothing was changed. Log in and try again."))


def not_allowed(role: str) -> RefusedError:
    advice = _("Nothing was changed. An administrator can give you another role.")
    return RefusedError(403, _("The role %(role)s may not do this", role=role), advice)


def bad_form(why: str) -> RefusedError:
    return RefusedError(
        400, _("This form could not be read"), _("%(why)s. Nothing was changed; go back and try again.", why=why)
    )


def merged_away(case_id: int, into: int) -> RefusedError:
    """Somebody acts on a case that another stands for."""
    advice = _(
        "Nothing was done here. Open case %(into)s and do it there; what you typed is kept as a draft.", into=into
    )
    return RefusedError(409, _("Case %(case)s was merged into case %(into)s", case=case_id, into=into), advice)
