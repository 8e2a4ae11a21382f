"""Languages that people also write in Latin letters, told by their most frequent words and by how they are spelt.

The identifier's tables know Bulgarian and Hindi in their own letters only: in Latin ones it takes them for Polish,
Italian or English, and English is a language whose complaints we know well, so that a guess would pass for certain.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Romanised:
    """How a language looks in Latin letters."""

    telling: frozenset[str]
    """Frequent words that are rare in other languages."""
    others_too: frozenset[str]
    """Frequent words that other languages have, too: they count beside one that tells."""
    least_share: float
    """Of the words of a text, those of the language."""
    spelling: re.Pattern[str] | None = None
    """Words that are spelt so from end to end tell as well."""

    def tells(self, word: str) -> bool:
        return word in self.telling or (self.spelling is not None and self.spelling.match(word) is not None)


_BULGARIAN = Romanised(
    telling=frozenset(
        """
        sym sum shte 6te nqma nyama imam imate imahme kak kakvo kakvi kvo tova tva tazi tozi tezi mozhe mojete
        mojesh mozhete moga mnogo nishto neshto nikoi nikoy nikogo vseki veche oshte sled predi vchera dnes utre
        snoshti zashto zashtoto koga kude kyde mersi blagodarya molya parite chasa chas meseca mesec godini puti
        pyti pyt pak samo vsichko vsichki dori mamka mamku chakam chakame pisah iskam iskat iskame kato koito koeto
        koyto tolkova trqbva tryabva raboti rabotite otgovor vdiga vdigat vurnete pratka pratkata dostavka
        dostavkata smetka smetkata kartata poruchka porachka poruchkata porachkata porychkata horata gi sega togava
        haide ot az vie nego edin edna edno purvi drugo zdraveite zdravei zdr dobyr dobur kolko izobshto beshe bese
        ste chetiri koi nai tursya kupuvam prodavam maika telefona klona ofisa prilojenie prilojenieto kazva kazvat
        kazaha pishe vashata vashiyat nashata stava bqha nqkoi tiq
        """.split()
    ),
    others_too=frozenset(
        "na ne vi se si mi da li za ni go mu be ili no po do pri sa ti te bez ama bi che pari dobre v s e".split()
    ),
    least_share=0.3,
    # q for я where no u follows it, but for two Turkish words; 4 and 6 for ч and ш inside a word
    spelling=re.compile(r"\A(?:(?!am?q\Z)(?=[a-z]*?q(?!u))[a-z]{2,}|[a-z]+[46][a-z]+|[46][a-z]{2,})\Z"),
)
_HINDI = Romanised(
    telling=frozenset(
        """
        hai hain nahi nahin nhi kya kyu kyun kaise kaisa mera meri tera teri apna apne apni aap aapka aapke mujhe
        tumhe unka iska uska wala wali bhi toh kab kahan yeh woh koi kuch kuchh bahut bohot accha acha achha theek
        thik raha rahi rahe karo karna karte karke kiya gaya gayi hua liye paisa paise bhai yaar abhi phir lekin
        agar matlab desh baat sirf yahan wahan kisi hota hoti hote hoga hogi humko hamara hamare chahiye sab jab tum
        """.split()
    ),
    others_too=frozenset("ke ki ka ko se mein ho kar din hum aur hui log ab ye wo tha thi na to par ek me".split()),
    least_share=0.2,
)
ROMANISED = {"bg": _BULGARIAN, "hi": _HINDI}
_WORD = re.compile(r"[^\W_]+")
_LEAST_DIFFERENT = 2


def romanised(words: str) -> str | None:
    """Two-letter code, or None: at least two different words of a language, one that tells, and a share of all."""
    found = _WORD.findall(words.lower())
    shares = {}
    for code, language in ROMANISED.items():
        telling = [word for word in found if language.tells(word)]
        others = [word for word in found if word in language.others_too]
        share = (len(telling) + len(others)) / max(1, len(found))
        if telling and len({*telling, *others}) >= _LEAST_DIFFERENT and share >= language.least_share:
            shares[code] = share
    return max(shares, key=shares.__getitem__, default=None)
