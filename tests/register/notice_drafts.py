"""Drafts of every kind of notice, each with all that it must hold, in three languages."""

from dataclasses import replace
from datetime import date

from models.complaint import Outcome
from policy.notices import NoticeKind, load_notices
from register.notice_contents import Rules
from register.notices import Draft, Finding, NoticeChannel, compose

PACK = "asic-rg271"
NOTICES = load_notices()
RULES = Rules(NOTICES, PACK, brand_accounts={"Larkbank": {"larkbank"}}, message_is_written=True)
GIVEN_ON = date(2026, 6, 20)
LIMIT_ON = date(2026, 7, 5)
KNOWN = {
    "name": "Joss",
    "firm": "Larkbank",
    "agent": "Priti Rao",
    "contact": "13 22 21",
    "received_on": "5 June 2026",
    "closed_on": "12 June 2026",
}
SAID = {
    "en": {
        "action": "We returned the second payment on 18 June 2026.",
        "reason": "The fee was charged as the terms that you accepted in March 2024 say it is.",
        "issue": "double payment",
        "answer": "It was taken once only; the second line was a hold that fell away.",
        "fact": "One payment of 5 June left the account.",
        "basis": "the ledger of the account and the log of the card network",
        "explanation": "We are waiting for information from the other bank, whom we cannot direct.",
        "decision": "The trustee pays half of the benefit to each child.",
    },
    "tr": {
        "action": "İkinci ödemeyi 18 Haziran 2026 günü iade ettik.",
        "reason": "Ücret, Mart 2024'te kabul ettiğiniz koşullarda yazıldığı gibi alındı.",
        "issue": "çift ödeme",
        "answer": "Ödeme yalnızca bir kez alındı; ikinci satır sonradan düşen bir provizyondu.",
        "fact": "Hesaptan 5 Haziran'da tek ödeme çıktı.",
        "basis": "hesap hareketleri ve kart ağının kayıtları",
        "explanation": "Bize bağlı olmayan öbür bankadan bilgi bekliyoruz.",
        "decision": "Kurul tazminatın yarısını her bir çocuğa ödüyor.",
    },
    "bg": {
        "action": "Върнахме второто плащане на 18 юни 2026.",
        "reason": "Таксата е начислена така, както пише в условията, които приехте през март 2024.",
        "issue": "двойно плащане",
        "answer": "Плащането е взето само веднъж; вторият ред беше блокирана сума, която отпадна.",
        "fact": "На 5 юни от сметката излезе едно плащане.",
        "basis": "движенията по сметката и записите на картовата мрежа",
        "explanation": "Чакаме сведения от другата банка, която не зависи от нас.",
        "decision": "Попечителят изплаща по половината от обезщетението на всяко дете.",
    },
}
KINDS = (
    (NoticeKind.ACKNOWLEDGEMENT, "", None, ("standard",)),
    (NoticeKind.IDR_RESPONSE, "", Outcome.UPHELD, ("standard",)),
    (NoticeKind.IDR_RESPONSE, "", Outcome.PARTLY_UPHELD, ("standard",)),
    (NoticeKind.IDR_RESPONSE, "", Outcome.REJECTED, ("superannuation",)),
    (NoticeKind.DELAY_NOTICE, "", None, ("standard",)),
    (NoticeKind.DELAY_NOTICE, "", None, ("death_benefit_objection",)),
    (NoticeKind.FIVE_DAY_CLOSURE, "5bd_satisfied", None, ("standard",)),
    (NoticeKind.FIVE_DAY_CLOSURE, "5bd_explained", None, ("standard",)),
    (NoticeKind.HOLDING_REPLY, "", None, ("standard",)),
    (NoticeKind.HARDSHIP_REFUSAL, "", None, ("credit_hardship",)),
    (NoticeKind.DEATH_BENEFIT_DECISION, "decision", Outcome.REJECTED, ("death_benefit_objection",)),
    (NoticeKind.DEATH_BENEFIT_DECISION, "new_proposal", Outcome.UPHELD, ("death_benefit_objection",)),
)


def fields(kind, *, variant="", outcome=None, types=("standard",), language="en", channel=NoticeChannel.LETTER):
    said = SAID[language]
    return Draft(
        kind=kind,
        channel=channel,
        language=language,
        given_on=GIVEN_ON,
        variant=variant,
        types=types,
        reference="C-0000012",
        outcome=outcome,
        actions=(said["action"],),
        reasons=(said["reason"],),
        decision=said["decision"],
        issues=(said["issue"],),
        answers=((said["issue"], said["answer"]),),
        findings=(Finding(said["fact"], said["basis"]),),
        delay_reasons=("beyond_control",),
        explanation=said["explanation"],
        expected_on=date(2026, 7, 20),
        limit_on=LIMIT_ON,
        brand="Larkbank",
        account="larkbank",
    )


def written(kind, **how):
    """With the words of the template in force."""
    draft = fields(kind, **how)
    return replace(draft, text=compose(draft, NOTICES, KNOWN, pack=PACK).text)
