"""Why a server refuses, read from pages as they are."""

import pytest

from functions.outgoing.walls import Wall, wall_of

CLOUDFRONT = (
    "<TITLE>ERROR: The request could not be satisfied</TITLE>403 ERROR The request could not be satisfied. The Amazon CloudFront "
    "distribution is configured to block access from your country."
)


@pytest.mark.parametrize(
    ("status", "page", "wall"),
    [
        (403, CLOUDFRONT, Wall.REGION),
        (451, "", Wall.REGION),
        (403, '{"msg": "Service unavailable from a restricted location according to b. Eligibility"}', Wall.REGION),
        (403, "This service is not available in your region.", Wall.REGION),
        (400, "Sorry, the product is not available in this country", Wall.REGION),
        (403, "Unavailable For Legal Reasons", Wall.REGION),
        (403, '{"retMsg": "The service is not available to you due to regulatory restrictions."}', Wall.REGION),
        (403, "This service is unavailable to residents of the United States", Wall.REGION),
        (403, "Your address is in a prohibited jurisdiction", Wall.REGION),
        (403, "error code: 1009", Wall.REGION),
        (403, "error code: 1020", Wall.ROBOTS),
        (503, "<title>Checking your browser before accessing</title>", Wall.ROBOTS),
        (403, "Sorry, you have been blocked", Wall.ROBOTS),
        (403, "<title>Just a moment...</title> Enable JavaScript and cookies to continue", Wall.ROBOTS),
        (503, "<title>Just a moment...</title>", Wall.ROBOTS),
        (403, "<title>Attention Required! | Cloudflare</title> Sorry, you have been blocked", Wall.ROBOTS),
        (403, "<TITLE>Access Denied</TITLE> Reference #18.2d (Akamai)", Wall.ROBOTS),
        (200, "Request unsuccessful. Incapsula incident ID: 1", Wall.ROBOTS),
        (403, "403, access too frequent", Wall.LIMIT),
        (403, "<title>Access denied | rate limited</title> error 1015 You are being rate limited (Cloudflare)", Wall.LIMIT),
        (429, CLOUDFRONT, Wall.LIMIT),
        (502, "<title>bybit.com | 502: Bad gateway</title> Cloudflare", None),
        (503, "upstream connect error (cloudflare)", None),
        (403, "", None),
        (404, "Not found", None),
        (200, "<html>", None),
    ],
)
def test_page_says_what_is_refused(status: int, page: str, wall: Wall | None) -> None:
    assert wall_of(status, page) is wall
