"""Who may use which route, word for word: whoever adds a route writes it here, and a test compares.

A route stands under the roles that pass its gate. What a page refuses beyond that (an own reply that may not be
approved, a crisis that another role declares) has tests of its own.
"""

from inbox.roles import Role
from models.account import Scope, Stage

SIGNED = """
GET /hooks/{name}
POST /hooks/{name}
GET /metrics
"""
MESSAGES = """
POST /api/messages
"""
FIGURES = """
GET /api/figures
"""
REGISTER = """
GET /api/register
"""
PUBLIC = """
GET /api/openapi.json
GET /healthz
GET /readyz
GET /login
POST /login
GET /sign-on
GET /sign-on/return
GET /sign-on/left
GET /welcome/{token}
POST /welcome/{token}
GET /contact
POST /contact
GET /s/{token}
POST /s/{token}
GET /rate/{token}
POST /rate/{token}
"""
CODE = """
GET /login/code
POST /login/code
"""
LOG_OUT = """
POST /logout
"""
SET_UP = """
GET /me/second-factor
GET /me/second-factor/picture
POST /me/second-factor/begin
POST /me/second-factor/confirm
"""
EVERYBODY = """
GET /
GET /news
GET /filters
GET /cases/{id}
GET /called
GET /cases/{id}/live
GET /cases/{id}/alike
GET /cases/{id}/drafts
GET /cases/{id}/merge
GET /cases/{id}/split
GET /replies
GET /macros
GET /approvals
GET /crisis
GET /crisis/cases
GET /cases/{id}/then
GET /escalations
GET /teams
GET /policy
GET /promises
GET /mentions/{id}/kept
GET /complaints
GET /complaints/{id}
GET /desk
GET /desk/{id}
GET /register
GET /health
GET /me
POST /me
GET /first-steps
GET /keys
POST /keys
GET /bulk
GET /bulk/preview
GET /channels
GET /me/security
GET /skills
POST /me/password
POST /me/sessions/end
POST /me/sessions/end-others
POST /me/second-factor/codes
POST /me/second-factor/remove
POST /me/sign-on
POST /me/sign-on/unlink
"""
ACTING = """
POST /views
POST /views/{id}/remove
POST /cases/{id}/assign
POST /cases/{id}/note
POST /cases/{id}/done
POST /cases/{id}/reopen
POST /cases/{id}/told
POST /cases/{id}/composer
POST /cases/{id}/reply
POST /cases/{id}/count
POST /cases/{id}/macro
POST /called/{id}
POST /cases/{id}/here
POST /cases/{id}/fields
POST /cases/{id}/drafts
POST /cases/{id}/drafts/share
POST /cases/{id}/drafts/take
POST /cases/{id}/take-over
POST /cases/{id}/hand-over
POST /cases/{id}/advise
POST /cases/{id}/link
POST /cases/{id}/unlink
POST /cases/{id}/merge
POST /cases/{id}/unmerge
POST /cases/{id}/split
POST /cases/{id}/unsplit
POST /cases/{id}/by-hand
POST /cases/{id}/leave-to-rules
POST /cases/{id}/snooze
POST /cases/{id}/wake
POST /mentions/{id}/report
POST /mentions/{id}/withdraw-report
POST /mentions/{id}/mute
POST /mentions/{id}/unmute
POST /mentions/{id}/hide
POST /mentions/{id}/show
POST /approvals/{id}/withdraw
POST /crisis
POST /crisis/{id}/{act}
POST /cases/{id}/escalate
POST /cases/{id}/not-sure
POST /cases/{id}/escalation/return
POST /cases/{id}/escalation/settle
POST /policy/read
POST /cases/{id}/warning/seen
POST /cases/{id}/warning/aside
POST /cases/{id}/warning/escalate
POST /cases/{id}/promises
POST /cases/{id}/promise-found
POST /cases/{id}/answer-found
POST /promises/{id}/keep
POST /promises/{id}/withdraw
POST /promises/{id}/date
POST /mentions/{id}/label
POST /mentions/{id}/verdict
POST /mentions/{id}/verdict/undo
POST /complaints/{id}/acts/{act}
POST /complaints/{id}/notice
POST /outbox/{id}/retry
POST /first-steps
POST /skills/room
POST /bulk
POST /bulk/{id}/undo
"""
MANAGERS = """
POST /replies
POST /replies/proposals/dismiss
POST /replies/{id}
POST /replies/{id}/retire
POST /replies/{id}/restore
POST /macros
POST /macros/{id}
POST /macros/{id}/retire
POST /macros/{id}/restore
POST /training
POST /teams
POST /figures/quality/{id}
POST /skills
POST /skills/next
POST /vips
POST /vips/file
POST /vips/{id}/end
"""
DECIDERS = """
POST /approvals/{id}/approve
POST /approvals/{id}/send-back
POST /dry-run
POST /follow-up/{id}/review
"""
OVERSEERS = """
GET /dry-run
GET /dry-run/{id}
GET /dry-run/{id}/cases.csv
GET /escalations/export
GET /promises/export
GET /register/export
GET /cases/{id}/trail/export
GET /board
GET /board/live
GET /board/measured
GET /board/list
GET /figures
GET /figures/cases
GET /figures/export
GET /figures/quality
GET /figures/quality/{id}
GET /figures/classifier
GET /figures/classifier/card
GET /follow-up
GET /follow-up/export
GET /vips
"""
OPERATORS = """
GET /operations
"""
ADMINS = """
POST /operations/messages/retry
POST /operations/messages/{id}/retry
POST /operations/lines/retry
POST /operations/lines/{id}/retry
POST /operations/pushes/retry
POST /operations/pushes/{id}/retry
POST /operations/outbox/retry
POST /operations/outbox/{id}/retry
POST /operations/outbox/{id}/give-up
GET /people
POST /people
GET /people/{id}
POST /people/{id}/invite
POST /people/{id}/disable
POST /people/{id}/role
POST /people/{id}/sessions/end
POST /people/{id}/second-factor/reset
POST /people/{id}/unlink
GET /programs
POST /programs
POST /programs/{id}/revoke
"""
COMPLIANCE = """
GET /compliance
GET /compliance/overview
GET /compliance/review
GET /compliance/log
GET /compliance/log/export
GET /compliance/systemic
GET /compliance/figures
GET /compliance/figures/report
GET /compliance/configuration
GET /compliance/configuration/export
GET /compliance/access
GET /compliance/access/export
GET /compliance/erasure
GET /compliance/retention
"""
COMPLIANCE_ACTING = """
POST /compliance/review/{id}
POST /compliance/systemic/{id}/{act}
POST /compliance/erasure/look
POST /compliance/erasure/ask
POST /compliance/erasure/{id}/agree
POST /compliance/erasure/{id}/turn-down
POST /compliance/retention/propose
POST /compliance/retention/hold
POST /compliance/retention/lift
POST /compliance/retention/{id}/agree
POST /compliance/retention/{id}/turn-down
POST /compliance/retention/{id}/carry-out
"""

AGENT, LEAD, COMPLIANCE_OFFICER, ADMIN, AUDITOR = Role.AGENT, Role.LEAD, Role.COMPLIANCE, Role.ADMIN, Role.AUDITOR
ALL = frozenset({AGENT, LEAD, COMPLIANCE_OFFICER, ADMIN, AUDITOR})
BY_ROLES = {
    EVERYBODY: ALL,
    ACTING: ALL - {AUDITOR},
    MANAGERS: frozenset({LEAD, ADMIN}),
    DECIDERS: frozenset({LEAD, COMPLIANCE_OFFICER, ADMIN}),
    OVERSEERS: ALL - {AGENT},
    OPERATORS: frozenset({ADMIN, AUDITOR}),
    ADMINS: frozenset({ADMIN}),
    COMPLIANCE: frozenset({COMPLIANCE_OFFICER, ADMIN, AUDITOR}),
    COMPLIANCE_ACTING: frozenset({COMPLIANCE_OFFICER, ADMIN}),
    CODE: ALL,
    SET_UP: ALL,
    LOG_OUT: ALL,
}
ROLES = {line: roles for lines, roles in BY_ROLES.items() for line in lines.split("\n") if line}
"""Route → who passes its gate."""
STAGES = {
    Stage.CODE: frozenset(line for lines in (CODE, LOG_OUT) for line in lines.split("\n") if line),
    Stage.SET_UP: frozenset(line for lines in (SET_UP, LOG_OUT) for line in lines.split("\n") if line),
}
"""Routes for a log-in that is not whole yet."""
SCOPES = {
    MESSAGES.strip(): Scope.MESSAGES_WRITE,
    FIGURES.strip(): Scope.FIGURES_READ,
    REGISTER.strip(): Scope.REGISTER_EXPORT,
}
FOR_ANYBODY = frozenset(line for lines in (PUBLIC, SIGNED) for line in lines.split("\n") if line)
"""The log-in itself, links that prove themselves, and programs that sign: no role is asked for."""
