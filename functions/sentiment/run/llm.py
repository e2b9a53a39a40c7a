"""The room of the language model: each headline is a call of its own, asked once for ever and paid from a day's budget.

One call a headline is what keeps them apart: nothing that a headline says can reach the answer to another one.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.logs import get_logger
from functions.outgoing import note_failure, note_success
from functions.outgoing.chat import Completion, ModelAddress, ModelClient, Prompt
from functions.sentiment import store
from functions.sentiment.classifier.opinion import Closed, Opinion, Question
from functions.sentiment.model.headline import INSTRUCTIONS, SCHEMA, VERSION, HeadlineTask, headline_task, prompt_hash
from functions.sentiment.model.marking import new_marker
from functions.sentiment.model.verdict import Unusable, verdicts
from functions.sentiment.run.asking import Asking, unfinished
from functions.sentiment.run.purse import Purse
from functions.sentiment.store import ModelAnswer
from functions.settings import Settings

SOURCE = "llm"
SECONDS = 25.0  # for a batch: n8n waits for it, and for the last tries
TRY_SECONDS = 15.0
AT_ONCE = 4  # calls
MOST_IN_A_ROW = 8  # failures, after which no further headline is asked
log = get_logger("sentiment")


class LlmRoom:
    """Opinions of a language model; see `Room`.

    Args:
        settings: which model, where, and its budget.
        engine: where answers are kept.
        as_of: market time at which answers are first seen.
        seconds: after which no further headline is asked; what is answered by then stays.
        placeholders: whether coins' names are hidden; by default as the settings say.
    """

    name = SOURCE

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        as_of: datetime,
        seconds: float = SECONDS,
        placeholders: bool | None = None,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._as_of = as_of
        self._seconds = seconds
        self._placeholders = settings.llm_placeholders if placeholders is None else placeholders
        self._address = ModelAddress(
            name=SOURCE,
            url=settings.llm_url,
            key=settings.llm_key.get_secret_value(),
            model=settings.llm_model,
            seconds=TRY_SECONDS,
        )

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        """Return an opinion for each question; what was answered before costs nothing.

        Raises:
            Closed: the model does not answer, the budget is spent, or answers had to be thrown away; it holds the others.
        """
        coins: dict[str, list[str]] = {}
        for question in questions:
            coins.setdefault(question.headline, []).append(question.coin)
        tasks = {headline: headline_task(headline, named, self._placeholders) for headline, named in coins.items()}
        hashes = list({task.text_hash for task in tasks.values()})
        with self._engine.connect() as connection:
            answers = store.kept_answers(connection, self._address.model, prompt_hash(), hashes)
        waiting = {task.text_hash: task for task in tasks.values() if task.text_hash not in answers}
        batch = _Batch(self._settings, self._engine, self._as_of, self._address)
        if waiting:
            answers |= batch.ask(list(waiting.values()), self._seconds)
        opinions = {headline: _opinions(task, answers.get(task.text_hash)) for headline, task in tasks.items()}
        said = [opinions[question.headline].get(question.coin) for question in questions]
        if batch.closed:
            raise Closed(batch.closed, said)
        return said


class _Batch:
    """The calls of one batch, what they cost, and how the model is."""

    def __init__(self, settings: Settings, engine: Engine, as_of: datetime, address: ModelAddress) -> None:
        self._most_tokens = settings.llm_answer_tokens
        self._purse = Purse.of(settings)
        self._engine = engine
        self._as_of = as_of
        self._address = address
        self.closed = ""  # why not all is answered, in one sentence

    def ask(self, tasks: Sequence[HeadlineTask], seconds: float) -> dict[str, ModelAnswer]:
        """Return the answers by their texts' hashes, and note how the model is."""
        asking = Asking(self._address, at_once=AT_ONCE, most_in_a_row=MOST_IN_A_ROW, seconds=seconds)
        asked = asking.each(tasks, lambda model, task: self._ask_one(asking, model, task))
        answers = {answer.text_hash: answer for answer in asked if answer}
        self._note(answers, asking.closed)
        return answers

    def _ask_one(self, asking: Asking, model: ModelClient, task: HeadlineTask) -> ModelAnswer | None:
        marker = new_marker()
        prompt = Prompt(INSTRUCTIONS, task.text(marker), SCHEMA, self._most_tokens)
        reserved = self._purse.most_of(prompt)
        day = self._purse.open(self._engine, reserved)
        if day is None:
            asking.stop(self._purse.words())
            return None
        completion = model.ask(prompt)  # when it fails, what was reserved stays taken: it may be billed
        spent = self._purse.settle(self._engine, day, reserved, completion)
        answer = ModelAnswer(
            model=self._address.model,
            prompt_hash=prompt_hash(),
            text_hash=task.text_hash,
            prompt_version=VERSION,
            words=task.headline,
            subjects=task.subjects,
            answer=completion.text.replace("\x00", ""),
            unusable=_unusable(completion, task, marker),
            input_tokens=completion.input_tokens or 0,
            output_tokens=completion.output_tokens or 0,
            cost=spent.cost,
            first_seen_at=self._as_of,
        )
        with self._engine.begin() as connection:
            store.keep_answer(connection, answer)
        return answer

    def _note(self, answers: dict[str, ModelAnswer], closed: str) -> None:
        thrown = Counter(answer.unusable for answer in answers.values() if answer.unusable)
        if thrown:
            log.warning("answers of the model are thrown away", reasons=dict(thrown))
        failed = closed
        if thrown and not closed:
            closed = f"{thrown.total()} of {len(answers)} answers were thrown away, most because {thrown.most_common(1)[0][0]}"
            failed = closed if thrown.total() == len(answers) else ""
        self.closed = closed
        with self._engine.begin() as connection:
            if thrown.total() < len(answers):
                note_success(connection, SOURCE, wall_now())
            if failed:
                note_failure(connection, SOURCE, wall_now(), f"{failed}; the embedding judges")


def _unusable(completion: Completion, task: HeadlineTask, marker: str) -> str:
    """Return why an answer is thrown away; empty when it is not."""
    if reason := unfinished(completion):
        return reason
    try:
        verdicts(completion.text, task.subjects, marker, INSTRUCTIONS)
    except Unusable as reason_in_it:
        return str(reason_in_it)
    return ""


def _opinions(task: HeadlineTask, answer: ModelAnswer | None) -> dict[str, Opinion]:
    if answer is None or answer.unusable:
        return {}
    try:
        said = verdicts(answer.answer, task.subjects, marker=_UNKNOWN, instructions=INSTRUCTIONS)
    except Unusable:  # it was usable to an earlier version
        return {}
    return {coin: verdict.opinion for coin, verdict in zip(task.coins, said, strict=True)}


_UNKNOWN = new_marker()  # a kept answer was held to the marker of its call
