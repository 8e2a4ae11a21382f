"""Routes of the compliance pages."""

from collections.abc import Callable

from starlette.routing import BaseRoute

from inbox.pages import (
    compliance_access,
    compliance_configuration,
    compliance_erasure,
    compliance_figures,
    compliance_log,
    compliance_overview,
    compliance_retention,
    compliance_review,
    compliance_systemic,
)
from inbox.roles import DECIDES_COMPLIANCE, SEES_COMPLIANCE


def compliance_routes(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    sees, decides = SEES_COMPLIANCE, DECIDES_COMPLIANCE
    retention = compliance_retention
    return [
        get("/compliance", compliance_overview.show, sees),
        get("/compliance/overview", compliance_overview.show, sees),
        get("/compliance/review", compliance_review.show, sees),
        post("/compliance/review/{id}", compliance_review.verdict, decides),
        get("/compliance/log", compliance_log.show, sees),
        get("/compliance/log/export", compliance_log.download, sees),
        get("/compliance/systemic", compliance_systemic.show, sees),
        post("/compliance/systemic/{id}/{act}", compliance_systemic.act, decides),
        get("/compliance/figures", compliance_figures.show, sees),
        get("/compliance/figures/report", compliance_figures.download, sees),
        get("/compliance/configuration", compliance_configuration.show, sees),
        get("/compliance/configuration/export", compliance_configuration.download, sees),
        get("/compliance/access", compliance_access.show, sees),
        get("/compliance/access/export", compliance_access.download, sees),
        get("/compliance/erasure", compliance_erasure.show, sees),
        post("/compliance/erasure/look", compliance_erasure.look, decides),
        post("/compliance/erasure/ask", compliance_erasure.ask, decides),
        post("/compliance/erasure/{id}/agree", compliance_erasure.agree, decides),
        post("/compliance/erasure/{id}/turn-down", compliance_erasure.turn_down, decides),
        get("/compliance/retention", retention.show, sees),
        post("/compliance/retention/propose", retention.propose, decides),
        post("/compliance/retention/hold", retention.place_hold, decides),
        post("/compliance/retention/lift", retention.lift_hold, decides),
        post("/compliance/retention/{id}/agree", retention.agree, decides),
        post("/compliance/retention/{id}/turn-down", retention.turn_down, decides),
        post("/compliance/retention/{id}/carry-out", retention.carry_out, decides),
    ]
