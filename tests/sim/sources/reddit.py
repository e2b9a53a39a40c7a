"""Reddit as praw meets it: a token for an app's id and secret, then listings with it."""

import base64
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

ACCESS = "a-token-of-an-hour"


@dataclass(slots=True)
class Submission:
    """A post. `fields` are laid over what Reddit would answer; None takes one away."""

    title: str
    id: str
    subreddit: str
    created_utc: float
    fields: dict[str, object] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """Return it as a listing has it."""
        permalink = f"/r/{self.subreddit}/comments/{self.id}/{'_'.join(self.title.lower().split()[:6])}/"
        data: dict[str, object] = {
            "id": self.id, "name": f"t3_{self.id}", "title": self.title, "selftext": "", "permalink": permalink,
            "url": f"https://www.reddit.com{permalink}", "subreddit": self.subreddit, "author": "someone",
            "created_utc": self.created_utc, "score": 120, "upvote_ratio": 0.9, "num_comments": 40, "over_18": False,
            "stickied": False, "locked": False, "is_self": True, "link_flair_text": None, "removed_by_category": None,
            "edited": False,
        }  # fmt: skip
        return {"kind": "t3", "data": {name: value for name, value in {**data, **self.fields}.items() if value is not ...}}


class Reddit:
    """Both hosts as one, at the root: praw joins its paths to a host alone."""

    client_id, client_secret = "an-app-id", "an-app-secret"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.submissions: list[Submission] = []
        self.listing: object = None  # answered as it is, once set

    def answer(self, request: Request) -> Response | None:
        """Answer what is Reddit's, None for everything else."""
        if request.path == "/api/v1/access_token":
            return self._token(request)
        if request.path.startswith("/r/"):
            return self._hot(request)
        return None

    def _token(self, request: Request) -> Response:
        given = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {given}":
            return json_response({"message": "Unauthorized", "error": 401}, 401)
        if parse_qs(request.body.decode()).get("grant_type") != ["client_credentials"]:
            return json_response({"error": "unsupported_grant_type"})
        return json_response({"access_token": ACCESS, "token_type": "bearer", "expires_in": 3600, "scope": "*"})

    def _hot(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"bearer {ACCESS}":
            return json_response({"message": "Unauthorized", "error": 401}, 401)
        names, _, sort = request.path.removeprefix("/r/").partition("/")
        wanted = {name.lower() for name in names.split("+")}
        rows = [one.row() for one in self.submissions if one.subreddit.lower() in wanted]
        listing = {
            "kind": "Listing",
            "data": {"after": None, "before": None, "dist": len(rows), "modhash": None, "children": rows},
        }
        headers = {"x-ratelimit-remaining": "99.0", "x-ratelimit-used": "1", "x-ratelimit-reset": "300"}
        answer = json_response(listing if self.listing is None else self.listing)
        return Response(answer.status, answer.body, answer.content_type, headers) if sort == "hot" else Response(404, b"{}")
