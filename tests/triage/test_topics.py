import pytest

from models.author import Author
from models.mention import Kind
from policy.house import Said
from tests.triage.build import NSW, mention
from triage.topics import applying, topics_in


def names(text, said=Said.COMPLAINT, **changes):
    return {hit.topic.name for hit in applying(topics_in(mention(text, **changes), NSW.house), said)}


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("double_charge", "You charged me twice for the same order"),
        ("double_charge", "KARTIMDAN İKİ KERE PARA ÇEKİLDİ"),
        ("double_charge", "kartimdan iki kez para cektiniz"),
        ("double_charge", "Таксувахте ме два пъти за една поръчка"),
        ("unexpected_charge", "there's a hidden fee on my bill"),
        ("unexpected_charge", "haberim olmadan ücret kesilmiş"),
        ("unexpected_charge", "Неочаквана такса в сметката ми"),
        ("outage", "is your app down again"),
        ("outage", "can’t log in since this morning"),
        ("outage", "uygulama çöktü, giriş yapamıyorum"),
        ("outage", "Приложението ви не работи от сутринта"),
        ("undelivered_or_broken", "my parcel never arrived"),
        ("undelivered_or_broken", "the screen arrived completely broken"),
        ("undelivered_or_broken", "the link is broken"),
        ("undelivered_or_broken", "siparişim hâlâ gelmedi"),
        ("undelivered_or_broken", "ürün kırık geldi"),
        ("undelivered_or_broken", "Пратката не пристигна"),
        ("undelivered_or_broken", "екранът е счупен"),
        ("self_harm", "I want to end my life"),
        ("self_harm", "intihar etmeyi düşünüyorum"),
        ("self_harm", "Не искам да живея вече"),
        ("physical_danger", "the charger caught fire"),
        ("threat_of_violence", "I know where you live"),
        ("legal_or_regulator", "I will go to AFCA"),
        ("legal_or_regulator", "contacting the Ombudsman"),
        ("legal_or_regulator", "avukatım sizi arayacak, dava açacağım"),
        ("legal_or_regulator", "ще пиша на КЗП"),
        ("press", "I am going to the media"),
        ("hardship", "I lost my job and can't pay my loan"),
        ("hardship", "işsizim, ödeyemiyorum"),
        ("hardship", "Останах без работа"),
        ("vulnerable", "my husband died and you closed the account"),
        ("fraud", "someone has used my card"),
        ("fraud", "a fake account is pretending to be you"),
        ("fraud_word", "you are scammers"),
        ("staff_named", "your employee Bob was rude"),
        ("asks_for_escalation", "let me speak to your manager"),
        ("asks_for_escalation", "müdürünüzle görüşmek istiyorum"),
        ("rejects_solution", "that does not solve it"),
        ("repeat_contact", "third time I write to you"),
        ("repeat_contact", "defalarca yazdım"),
        ("complaint_handling", "nobody looked at my complaint"),
        ("company_conduct", "this is discrimination"),
        ("privacy", "you leaked my data"),
        ("double_charge", "The rent went out again and twice today: two payments, same reference"),
        ("double_charge", "aidat iki kez hesabımdan düşülmüş"),
        ("double_charge", "Minali sa dva puti taksi, taksuvahte me dva puti"),
        ("disputed_charge", "I never agreed to this and you keep billing me"),
        ("disputed_charge", "kartı kapattım hâlâ ücret kesiyorsunuz"),
        ("disputed_charge", "взехте ми 12 лева за нищо"),
        ("outage", "ATMs are down across the city"),
        ("outage", "uygulamanıza bir türlü giremiyorum"),
        ("outage", "Нито картата, нито сайтът работят"),
        ("outage", "ne moga da vlyaza v profila si"),
        ("service_failing", "is it just me or are transfers stuck"),
        ("service_failing", "sadece bende mi böyle"),
        ("service_failing", "приложението ме изхвърля"),
        ("late_or_faulty", "six days and no sign of my order"),
        ("late_or_faulty", "yanlış sipariş yollamışsınız"),
        ("late_or_faulty", "доставката пак закъсня"),
        ("undelivered_or_broken", "the replacement was lost in the mail"),
        ("undelivered_or_broken", "karti bekliyoruz, kart hala gelmedi"),
        ("undelivered_or_broken", "pratkata ne e doshla"),
        ("fraud", "he was claiming to be from your security team"),
        ("fraud", "telefonda şifre ve kod istediler"),
        ("fraud", "представят се за вас по телефона"),
        ("suspected_fraud", "I did not make this transaction"),
        ("suspected_fraud", "o harcamayı ben yapmadım"),
        ("suspected_fraud", "това вие ли сте или е измама"),
        ("cut_off_from_money", "you have frozen our account and payroll is due"),
        ("cut_off_from_money", "hesabıma bloke koymuşsunuz"),
        ("cut_off_from_money", "Замразихте фирмената сметка"),
        ("declined_claim", "you denied my claim without a reason"),
        ("declined_claim", "hasar dosyamı reddettiniz"),
        ("declined_claim", "отказвате ми иска без причина"),
        ("unsafe", "the heater is sparking"),
        ("unsafe", "bu ürün çok tehlikeli"),
        ("unsafe", "това е опасно за децата"),
        ("physical_danger", "there is a smell of gas in the hall"),
        ("threat_of_violence", "Tell your tellers to watch their backs"),
        ("legal_or_regulator", "We act for the insured and will commence proceedings"),
        ("legal_or_regulator", "ihtarname gönderiyorum"),
        ("legal_or_regulator", "Ще заведем дело"),
        ("press", "I am working on a story, who runs your press office"),
        ("press", "haber hazırlıyorum"),
        ("press_word", "I shall call a journalist"),
        ("hardship", "we can't keep up with the repayments"),
        ("hardship", "taksitimi erteleyin lütfen"),
        ("hardship", "ne moga da platya vnoskata"),
        ("vulnerable", "he is an abusive ex and he sees my account"),
        ("bereavement", "I am the executor, here is the death certificate"),
        ("bereavement", "cenaze masrafları için"),
    ],
)
def test_a_topic_is_recognised(topic, text):
    assert topic in names(text)


def test_abuse_of_one_member_of_staff_is_for_few_eyes_too():
    assert "staff_named" in names("your driver Kemal is a filthy pig", Said.ABUSE)


@pytest.mark.parametrize("text", ["I would like to book a demo", "fiyat teklifi alabilir miyim", "Колко струва?"])
def test_buying_interest_is_a_topic_of_an_enquiry(text):
    assert "sales_lead" in names(text, Said.ENQUIRY)


@pytest.mark.parametrize(
    "text",
    [
        "Lovely weather, lovely branch",
        "your app let me down today",
        "I charge my phone at home",
        "bugün hava çok güzel",
        "Благодаря за бързия отговор",
        "you have blocked me, engellendi",
        "my account was disabled",
        "the queue went down the street",
        "I waited on hold for an hour",
        "your staff were rude and the premium went up",
        "sıra çok uzundu, personel kabaydı",
        "опашката беше огромна",
    ],
)
def test_ordinary_words_hit_nothing(text):
    assert names(text) == set()


def test_the_words_that_hit_are_kept_as_written():
    hits = topics_in(mention("Hey, ÇİFT ÇEKİM yaptınız. Charged me TWICE!"), NSW.house)
    assert [(hit.rule, hit.words) for hit in hits] == [("topic:double_charge", ("ÇİFT ÇEKİM", "Charged me TWICE"))]


def test_the_most_serious_topic_comes_first():
    hits = topics_in(mention("You charged me twice and I want to die"), NSW.house)
    assert [hit.topic.name for hit in hits] == ["self_harm", "double_charge"]


def test_praise_for_a_repaired_outage_is_no_outage():
    text = "thanks for ending the outage so fast"
    assert "outage" in names(text)
    assert names(text, Said.PRAISE) == set()


def test_hardship_is_taken_only_from_what_the_person_told_the_firm():
    text = "I lost my job"
    assert names(text, kind=Kind.DM, on_owned_channel=None) == {"hardship"}
    assert names(text, kind=Kind.COMMENT, on_owned_channel=False) == set()


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("service_failing", "lol is it just me or is that bird angry"),
        ("late_or_faulty", "how do I return a faulty item"),
        ("disputed_charge", "is there a late fee"),
        ("suspected_fraud", "is this legit"),
        ("press_word", "the newspapers again"),
        ("bereavement", "which forms does the executor need"),
    ],
)
def test_weak_words_count_only_from_somebody_dissatisfied(topic, text):
    assert topic in names(text, Said.COMPLAINT)
    assert all(topic not in names(text, said) for said in (Said.ENQUIRY, Said.OTHER, Said.PRAISE, Said.ABUSE))


def test_a_bio_is_never_read_for_topics():
    wheelchair = Author(id="7", handle="ann", bio="wheelchair user, lost my job")
    assert names("hello there", author=wheelchair) == set()


def test_a_topic_of_danger_applies_whatever_the_message_was_judged():
    assert all(names("I will kill myself", said) == {"self_harm"} for said in Said)
