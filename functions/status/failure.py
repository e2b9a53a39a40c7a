"""The one sentence in what n8n says of a call that failed."""

import json
import re


def detail_of(message: str) -> str:
    """Return the detail of the problem that a function answered, where the message holds one, else the message as it is."""
    found = re.search(r"\{.*\}", message, re.DOTALL)
    if found is None:
        return message
    try:
        problem = json.loads(found[0])
    except ValueError:
        try:
            problem = json.loads(json.loads(f'"{found[0]}"'))  # a document that was quoted once more
        except ValueError:
            return message
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return detail if isinstance(detail, str) and detail else message
