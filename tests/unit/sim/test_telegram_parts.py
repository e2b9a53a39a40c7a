import httpx
import pytest

from tests.sim.telegram.chats import Chat
from tests.sim.telegram.errors import ApiError
from tests.sim.telegram.keyboard import button_data, read_markup
from tests.sim.telegram.rates import Rates
from tests.sim.wire.forms import read_multipart


def keyboard(**button: object) -> dict[str, object]:
    return {"inline_keyboard": [[button]]}


def test_callback_data_of_64_bytes_passes_and_65_does_not() -> None:
    assert button_data(read_markup(keyboard(text="Took", callback_data="x" * 64))) == ["x" * 64]
    with pytest.raises(ApiError, match="BUTTON_DATA_INVALID"):
        read_markup(keyboard(text="Took", callback_data="я" * 33))


def test_a_keyboard_may_come_as_json_text() -> None:
    assert button_data(read_markup('{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}')) == ["b"]


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({"inline_keyboard": ["x"]}, "can't parse inline keyboard"),
        (keyboard(text="x"), "Text buttons are unallowed"),
        (keyboard(text="", callback_data="x"), "text must not be empty"),
        (keyboard(text="x", callback_data=""), "BUTTON_DATA_INVALID"),
        (keyboard(text="x", url="not a url"), "Wrong HTTP URL"),
    ],
)
def test_keyboards_that_telegram_refuses(markup: object, reason: str) -> None:
    with pytest.raises(ApiError, match=reason):
        read_markup(markup)


def test_a_short_burst_to_a_chat_passes_then_one_a_second() -> None:
    rates, chat = Rates(burst=3), Chat(1)
    for _ in range(3):
        rates.check(chat, 10.0)
    with pytest.raises(ApiError) as refusal:
        rates.check(chat, 10.0)
    assert refusal.value.payload()["parameters"] == {"retry_after": 1}
    rates.check(chat, 11.1)


def test_thirty_a_second_over_all_chats() -> None:
    rates = Rates()
    for number in range(30):
        rates.check(Chat(number + 1), 10.0)
    with pytest.raises(ApiError, match="429"):
        rates.check(Chat(99), 10.0)


def test_a_group_takes_twenty_a_minute() -> None:
    rates, group = Rates(), Chat(-100_5)
    for number in range(20):
        rates.check(group, 10.0 + number * 0.04)
    with pytest.raises(ApiError) as refusal:
        rates.check(group, 11.0)
    assert refusal.value.retry_after is not None
    assert refusal.value.retry_after >= 1


def test_multipart_as_a_real_client_writes_it() -> None:
    content = b"\x89PNG\r\n\x1a\n\r\n--not the boundary\r\n\x00\xff"
    request = httpx.Request(
        "POST", "http://x/", data={"chat_id": "5", "caption": "цена\r\nдва"}, files={"photo": ("a b.png", content, "image/png")}
    )
    fields, files = read_multipart(request.read(), request.headers["content-type"])
    assert fields == {"chat_id": "5", "caption": "цена\r\nдва"}
    assert (files["photo"].content, files["photo"].filename, files["photo"].content_type) == (content, "a b.png", "image/png")


def test_multipart_without_a_boundary_is_refused() -> None:
    with pytest.raises(ValueError, match="boundary"):
        read_multipart(b"x", "multipart/form-data")
