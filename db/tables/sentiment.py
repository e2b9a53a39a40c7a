"""Headlines, and what they say."""

from sqlalchemy import ARRAY, BigInteger, Boolean, CheckConstraint, Column, Date, Double, Identity, Index, Table, Text

from db.tables.metadata import Json, Moment, Money, metadata

news_item = Table(
    "news_item",
    metadata,
    Column("key", Text, primary_key=True, comment="hash of the feed, its own id for the entry, and the address without tracking"),
    Column("guid_key", Text, nullable=False, server_default="", comment="hash of the feed's own id for the entry; empty without"),
    Column("title_key", Text, nullable=False, comment="hash of the title's words: the same story in another feed"),
    Column("feed", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Index(None, "title_key", "first_seen_at"),
    Index(None, "published_at"),
)

# One row is what one headline says of one coin. It keeps its own words and times: a headline that another feed told before has no
# row of its own among the headlines, but a voice all the same.
sentiment = Table(
    "sentiment",
    metadata,
    Column("key", Text, primary_key=True, comment="of the headline, as in news_item"),
    Column("coin", Text, primary_key=True, comment="a base coin, or MARKET"),
    Column("feed", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("words", Text, nullable=False, comment="the headline in its plain form"),
    Column("published_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Column("bearish", Double, nullable=False),
    Column("neutral", Double, nullable=False),
    Column("bullish", Double, nullable=False),
    Column("speaks", Boolean, nullable=False, comment="false is an abstention, which is not neutral"),
    Column("room", Text, nullable=False, comment="who judged it: llm, embedding or lexicon"),
    Index(None, "published_at"),
    CheckConstraint("bearish >= 0 AND neutral >= 0 AND bullish >= 0", name="probabilities"),
)

# What a language model answered, once for the same words to the same question.
llm_answer = Table(
    "llm_answer",
    metadata,
    Column("model", Text, primary_key=True),
    Column("prompt_hash", Text, primary_key=True, comment="hash of the instructions and the schema"),
    Column("text_hash", Text, primary_key=True, comment="hash of the words and the subjects that were asked about"),
    Column("prompt_version", Text, nullable=False),
    Column("words", Text, nullable=False, comment="the headline in its plain form, or what research was asked"),
    Column("subjects", ARRAY(Text), nullable=False, comment="as they were asked: base coins, MARKET, or placeholders"),
    Column("answer", Text, nullable=False, comment="as it came"),
    Column("unusable", Text, nullable=False, comment="why it was thrown away; empty when it was not"),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", Money, nullable=False, comment="USD, by the prices of the settings"),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Index(None, "first_seen_at"),
)

# What a day's calls of the model may cost is reserved before each call and corrected after it.
llm_day = Table(
    "llm_day",
    metadata,
    Column("day", Date, primary_key=True, comment="UTC, by the wall clock: so is money"),
    Column("calls", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", Money, nullable=False, comment="USD"),
)

# Heads that this desk has learnt; the newest one judges, without one the shipped head.
sentiment_head = Table(
    "sentiment_head",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("taken_at", Moment, nullable=False, comment="wall clock"),
    Column(
        "document", Text, nullable=False, comment="as sentiment-train writes it into a file; empty goes back to the shipped head"
    ),
    Column("figures", Json, nullable=False, comment="how it did against the head before it on labels kept aside"),
)
