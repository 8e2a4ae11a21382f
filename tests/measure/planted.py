"""Complaints with planted systemic issues among others that only one or two people have."""

import random
from datetime import date, timedelta

from measure.systemic import ComplaintText

LAST = date(2026, 6, 30)
ISSUES: dict[str, tuple[str | None, str, tuple[str, ...], tuple[str, ...]]] = {
    "double fee": (
        "credit card",
        "billing_payment",
        (
            "You charged the annual fee twice on my card",
            "The annual fee was charged two times this month",
            "I see the annual card fee twice on my statement",
            "Why was I charged an annual fee twice? I want one of them back",
            "annual fee taken twice from my account again",
            "My statement shows the annual fee charged double",
        ),
        ("Please refund it.", "Nobody answers.", "I want my money.", "This is not fair.", ""),
    ),
    "login code": (
        None,
        "app_website",
        (
            "The login code never arrives by sms so I cannot get into the app",
            "No sms with the login code, I am locked out of the app",
            "Your app asks for a login code and the sms does not come",
            "I wait an hour for the sms login code and it never arrives",
            "cannot log in, sms code never comes since the update of the app",
            "since the last app update the login code by sms is not arriving",
        ),
        ("Fix this.", "I need to pay rent!", "Second day now.", "Terrible.", ""),
    ),
    "hail claim": (
        "home insurance",
        "claims",
        (
            "My hail damage claim is still waiting for an assessor",
            "Six weeks and no assessor came to look at the hail damage on our roof",
            "The assessor for my hail claim cancelled a third time",
            "Roof damaged by hail, claim lodged, and no assessor yet",
            "still no assessor for the hail damage to my roof, the claim just sits there",
            "you keep delaying the assessor for our hail claim",
        ),
        ("Rain comes in.", "When will somebody come?", "We have small children.", "Unacceptable.", ""),
    ),
    "kart limiti": (
        "credit card",
        "billing_payment",
        (
            "Kredi kartı limitim haber verilmeden düşürüldü",
            "Kart limitimi bana sormadan düşürdünüz",
            "limitim habersiz düşürülmüş, kredi kartımı kullanamıyorum",
            "Kredi kartımın limiti neden düşürüldü, kimse haber vermedi",
            "bana haber vermeden kredi kartı limitini düşürmüşsünüz",
        ),
        ("Açıklama bekliyorum.", "Rezalet.", "Lütfen düzeltin.", ""),
    ),
}
SUBJECTS = (
    "branch opening hours|parking machine|letter in wrong language|cheque book|foreign exchange rate|loan brochure|"
    "statement address|closed account balance|joint account name|debit card colour|mortgage broker|student account|"
    "coin counting machine|safe deposit box|travel insurance policy|pet insurance vet bill|car windscreen repair|"
    "superannuation rollover form|beneficiary nomination|direct debit date|payee name|gift voucher|queue number|"
    "call centre music|hold time|interpreter|wheelchair ramp|night deposit|power of attorney paper|tax certificate|"
    "interest certificate|term deposit maturity|overdraft letter|credit report entry|debt collector visit|"
    "chat robot answer|email newsletter|reward points|airport lounge|concert presale|exchange of old notes"
).split("|")
WAYS = (
    "Your {0} is a joke and I want an answer",
    "I complained about the {0} before and nothing happened",
    "Somebody please sort out my {0}, I asked three times",
    "What is going on with the {0}? Very disappointed",
    "The {0} cost me a whole day, I expect an apology",
    "I am not happy with how you handled the {0}",
    "Still waiting to hear about my {0}",
)
MORE = (
    "Thanks for nothing.",
    "Please call me.",
    "I am a customer for ten years.",
    "@larkbank help",
    "Ref 4471 9920",
    "",
)


def planted(
    *, each: int, seed: int, last: date = LAST, days: int = 80
) -> tuple[list[ComplaintText], dict[str, str | None]]:
    """Complaints in no order, and which issue each belongs to; about three of four belong to none."""
    chance = random.Random(seed)
    complaints, truth = list[ComplaintText](), dict[str, str | None]()

    def add(text: str, product: str | None, category: str | None, issue: str | None) -> None:
        number = len(complaints) + 1
        day = last - timedelta(days=chance.randrange(days))
        truth[f"C-{number}"] = issue
        complaints.append(ComplaintText(f"C-{number}", f"a{number}", day, product, category, text))

    for issue, (product, category, ways, more) in ISSUES.items():
        for _ in range(each):
            judged = category if chance.random() < 0.85 else "other"
            told = product if chance.random() < 0.6 else None
            add(f"{chance.choice(ways)}. {chance.choice(more)}", told, judged, issue)
    for subject in SUBJECTS:
        for way in chance.sample(WAYS, 2):
            add(f"{way.format(subject)}. {chance.choice(MORE)}", None, chance.choice(("service", "other", None)), None)
    chance.shuffle(complaints)
    return complaints, truth
