"""Messages to people and what they write back: the outbox, the texts, the commands and buttons of Telegram.

- A command: `inbox/commands.py` reads it, `run/answers.py` answers it, `messages/texts/commands.py` words it.
- A button: `inbox/buttons.py` names it, `run/presses.py` acts on it.
- A kind of message: `messages/rendering.py` finds its text in `messages/texts/`; Russian is in `messages/locale/ru.po`.
- What is sent next, held back or tried again: `outbox/planning.py`, `outbox/policy.py`, `outbox/failures.py`.
"""
