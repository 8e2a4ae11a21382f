"""What the card says in every run."""

PURPOSE = """It reads one message to a firm and says what it is (complaint, abuse, spam, praise, enquiry, other),
whether it is a complaint whatever else it is, how severe and urgent it is, what it is about, and which words it went
by. `bad_faith_score` is no part of it: that is a sum of named facts about the author, with the weights written in
`classify/bad_faith.py`."""

ALONE = """It is one linear layer over hashed words, pairs of words and pieces of words; every score is calibrated on
texts that its weights had not seen."""

BLEND = """It is two readers and a blend. The first reader is one linear layer over hashed words, pairs of words and
pieces of words: it knows every language a little and answers everything alone. The second is the encoder {name}
({licence}), fine-tuned with a head for each answer on most of the same sets: those of offence and feeling in other
languages it does not read. The blend is a small linear layer over what both say, one for each group of languages,
learnt on texts that neither had seen, which also calibrates the answers. A language whose group has no blend is left
to the first reader, and so is a message of which the first reader is certain."""

NO_TEXT = """No text is kept in the weights: they are numbers. Handles, addresses and numbers are replaced before
anything is learnt."""

QUALITY = """## Quality

On held-back texts only: folds held back, or the official dev split. The 95 % interval is over the choice of texts,
not over how they were chosen or labelled. Floor: a linear SVM on n-grams of the same data. Published: the best figure
of a paper with large encoders. Empty: there is none."""

BY_CLASS = """### Each class of the six-way label

F1 of each class with its 95 % interval, and the number of texts of the class. Empty: no such text. `all` is every
language together."""

CALIBRATION = """## Calibration

Expected calibration error in 15 bins: of the probability, or of the most probable class where there are several. `by
chance` is what exact probabilities would show on as many texts. It holds for the mix of texts that we have; on another
mix scores can be too high or too low throughout."""

PICTURE = "![Reliability of each score: how often it came true, by score](img/reliability.svg)"

BASE_RATES = """## Where complaints are rare

Our sets hold far more complaints than what a firm hears. Here the held-back texts are weighted until 1, 2, 5 or 20 of
100 are complaints, at the thresholds above. *Judged*: the decision is `complaint`. *Reaching a person*: it is
`complaint` or `unsure`. *Looks*: messages that a person looks at for each true complaint among them. Complaints are
those to brands in both tables; recall does not depend on how rare they are. The thresholds were chosen on the same
texts, three numbers of them, which flatters these figures a little."""

FAIRNESS = """## Fairness

A customer who swears, or writes in dialect or in broken language, must be heard like others. Our own labels say of
each invented message whether its wording is so; here is what came of these messages, held back, and of those without
the mark. *Lost*: judged to be anything but a complaint, with nobody asked; abuse is part of it. In brackets: 95 %
interval (Wilson)."""

FAIRNESS_LIMITS = """What this cannot tell:

- The messages are invented, by few hands: it shows how our idea of swearing, dialect and broken language is treated.
- Texts with and without a mark differ in more than the mark (matter, length, difficulty). A gap is a reason to look,
  no proof; no gap proves nothing where few texts stand behind it, so read the intervals.
- It is about wording. Nothing is known about who writes: age, origin, sex, disability, income.
- Languages other than those in the tables, and mixtures of languages.
- `bad_faith_score` is not judged here. Of what the message says it counts advertising alone; whether most of the last
  week's posts look abusive is asked only of a message with an `abuse_score` of one half or more that is no complaint:
  hence the column on the abuse score."""

WEAK = """- Bulgarian offence is asked as yes or no: the four classes of bg-toxic are not told apart.
- `complaint_score` is chosen for messages to brands. On posts that have nothing to do with a brand it is less
  exact: see calibration by kind of text.
- Settings were chosen by looking at the same held-back figures, which flatters them a little.
- Turkish and Bulgarian complaints are known only from messages that we invented, by one hand: figures on them say how
  well it knows our way of inventing. The public sets in these languages hold abuse and small talk only.
- Urgency was learnt from disaster posts and from bank questions whose urgency follows from their topic: a hint only.
- Leads were learnt from posts about one phone. Spam is text messages and video comments of ten years ago.
- Categories: banking77 has questions, not complaints, and knows nine of the thirteen; the others rest on few texts.
- It reads one message: it sees no picture and no earlier message, and irony and quotation often escape it.
- The abuse sets call much offensive that is merely coarse: a swearing complaint often scores high on both questions."""

MUST_NOT = """## What it must not be used for

- To close, delete or refuse a complaint without a person. `bad_faith_score` never may.
- To judge a person, to rank authors, or to decide on an account, a credit or a contract.
- As evidence that nobody complained: look at the sample of noise, and at what was left unsure.
- On other languages than those named above, without a person looking at what it says is no complaint."""

SPEED = """## Speed

Measured apart, on one named machine: [benchmarks.md](benchmarks.md)."""

ONLY_CLEAR = """### Without the sets of unclear licence

The same training with `--only-clear-licences`. Minus is what leaving them out costs; of complaints called abuse, fewer
are better. Where the texts measured on are not the same, no difference is given. Not measured: no clear set asks that
question on held-back texts."""

BAND = """## When it is unsure

A missed complaint is taken to cost {missed:g} times what a false one costs, and a person's look {asking:g} times. The
band is the cheapest on held-back messages to brands, weighted until {natural:g} of 100 are complaints, of those that
leave at most {most:g} of 100 messages to a person. It is unsure

- where `complaint_score` is from {low} to {high},
- where the most probable label is below {least}, or complaint comes second and is not below it,
- where the label disagrees with the complaint score."""

TRADE_OFF = """What another cost would choose, again for {natural:g} complaints in 100 messages and under the same limit
on what is left to people, which can make two costs choose one band. The last column is in false complaints, the unit
of all costs."""
