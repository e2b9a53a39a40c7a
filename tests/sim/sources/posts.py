"""An aggregator of posts on X in the form of X's own search: a list under `data`, each post at its id."""

from tests.sim.wire.http import Request, Response, json_response


class Posts:
    """The search. `rows` is what it finds; `document`, once set, is answered as it is."""

    token = "an-aggregator-key"

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.document: object = None

    def answer(self, request: Request) -> Response | None:
        """Answer what is the aggregator's, None for everything else."""
        if request.path != "/posts/search":
            return None
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return json_response({"title": "Unauthorized", "status": 401}, 401)
        return json_response({"data": self.rows, "meta": {}} if self.document is None else self.document)
