"""Read the one sentence about a failed call out of what n8n reports."""

import json
import re


def detail_of(message: str) -> str:
    """Return the detail of the problem that a function answered, where the message holds one, else the message as it is."""
    problem_text = re.search(r"\{.*\}", message, re.DOTALL)
    if problem_text is None:
        return message
    try:
        problem = json.loads(problem_text[0])
    except ValueError:
        try:
            problem = json.loads(json.loads(f'"{problem_text[0]}"'))  # a document that was quoted once more
        except ValueError:
            return message
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return detail if isinstance(detail, str) and detail else message
