"""The Bot API's methods."""

import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from tests.sim.telegram.chats import Chat, Chats, Sent
from tests.sim.telegram.entities import Parsed, parse_text, utf16_length
from tests.sim.telegram.errors import ApiError, bad_request
from tests.sim.telegram.keyboard import Markup, read_markup, read_object
from tests.sim.telegram.rates import Rates
from tests.sim.telegram.updates import Updates
from tests.sim.wire.forms import Upload

Parameters = dict[str, object]
Files = dict[str, Upload]
_LONGEST_TEXT, _LONGEST_CAPTION, _LONGEST_ANSWER = 4096, 1024, 200
_LARGEST_PHOTO, _LARGEST_DOCUMENT = 10 * 2**20, 50 * 2**20
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and "
    "reply markup of the message"
)


class Methods:
    """Performs calls; `call` finds the method by name, in any case of letters."""

    def __init__(self, bot: dict[str, object], chats: Chats, updates: Updates, rates: Rates | None) -> None:
        self._bot = bot
        self._chats = chats
        self._updates = updates
        self.rates = rates
        self.commands: dict[str, object] = {}
        self.callbacks: dict[str, dict[str, object] | None] = {}
        self.files: dict[str, bytes] = {}
        self._methods: dict[str, Callable[[Parameters, Files], Awaitable[object]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "editmessagetext": self._edit_text,
            "editmessagecaption": self._edit_caption,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "sendchataction": self._chat_action,
            "getchat": self._get_chat,
        }

    async def call(self, method: str, parameters: Parameters, files: Files) -> object:
        """Perform a method and return its result.

        Raises:
            ApiError: the call is refused.
        """
        perform = self._methods.get(method.lower())
        if perform is None:
            raise ApiError(404, "Not Found")
        return await perform(parameters, files)

    async def _get_me(self, parameters: Parameters, files: Files) -> object:
        return {**self._bot, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _get_updates(self, parameters: Parameters, files: Files) -> object:
        self._allow(parameters)
        limit = max(1, min(100, _whole(parameters, "limit", 100)))
        timeout = max(0, min(50, _whole(parameters, "timeout", 0)))
        return await self._updates.poll(_whole(parameters, "offset", 0), limit, timeout)

    def _allow(self, parameters: Parameters) -> None:
        kinds = read_object(parameters.get("allowed_updates"), "allowed updates")
        if isinstance(kinds, list) and kinds:
            self._updates.allowed = tuple(str(kind) for kind in kinds)

    async def _send_message(self, parameters: Parameters, files: Files) -> object:
        chat = self._chats.find(parameters.get("chat_id"))
        raw, mode = str(parameters.get("text") or ""), str(parameters.get("parse_mode") or "")
        parsed = _checked(raw, mode, _LONGEST_TEXT, "message is too long")
        if not parsed.text.strip():
            raise bad_request("message text is empty")
        return self._keep(chat, "sendMessage", parsed, raw, mode, read_markup(parameters.get("reply_markup")))

    def _keep(self, chat: Chat, method: str, parsed: Parsed, raw: str, mode: str, markup: Markup | None) -> dict[str, object]:
        if self.rates is not None:
            self.rates.check(chat, time.time())
        return self._chats.payload(self._chats.add(chat, method, parsed, raw, mode, markup))

    async def _send_photo(self, parameters: Parameters, files: Files) -> object:
        return self._send_file("photo", "sendPhoto", _LARGEST_PHOTO, parameters, files)

    async def _send_document(self, parameters: Parameters, files: Files) -> object:
        return self._send_file("document", "sendDocument", _LARGEST_DOCUMENT, parameters, files)

    def _send_file(self, kind: str, method: str, largest: int, parameters: Parameters, files: Files) -> object:
        chat = self._chats.find(parameters.get("chat_id"))
        raw, mode = str(parameters.get("caption") or ""), str(parameters.get("parse_mode") or "")
        parsed = _checked(raw, mode, _LONGEST_CAPTION, "message caption is too long")
        markup = read_markup(parameters.get("reply_markup"))
        file_id, content = self._file(kind, largest, parameters.get(kind), files)
        if self.rates is not None:
            self.rates.check(chat, time.time())
        sent = self._chats.add(chat, method, parsed, raw, mode, markup)
        sent.file_id, sent.photo = file_id, content
        self.files[file_id] = content
        return self._chats.payload(sent)

    def _file(self, kind: str, largest: int, value: object, files: Files) -> tuple[str, bytes]:
        name = str(value or "").removeprefix("attach://")
        upload = files.get(kind) or files.get(name)
        if upload is not None:
            if len(upload.content) > largest:
                raise ApiError(413, "Request Entity Too Large")
            if not upload.content:
                raise bad_request("file must be non-empty")
            if kind == "photo" and not upload.content.startswith(_IMAGES):
                raise bad_request("IMAGE_PROCESS_FAILED")
            return "AgACAgIAAxk" + secrets.token_urlsafe(30), upload.content
        if not name:
            raise bad_request(f"there is no {kind} in the request")
        if name in self.files:
            return name, self.files[name]
        address = urlsplit(name)
        if address.scheme not in ("http", "https"):
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        if address.hostname in (None, "localhost", "127.0.0.1"):  # Telegram cannot see this machine
            raise bad_request("failed to get HTTP URL content")
        return "AgACAgQAAxk" + secrets.token_urlsafe(30), b""

    def _edited(self, parameters: Parameters) -> Sent:
        chat = self._chats.find(parameters.get("chat_id"))
        return self._chats.message(chat.id, _whole(parameters, "message_id", 0), "edit")

    def _change(self, sent: Sent, parsed: Parsed, raw: str, mode: str, markup: Markup | None) -> object:
        if (parsed.text, parsed.entities, markup) == (sent.text, sent.entities, sent.markup):
            raise bad_request(_NOT_MODIFIED)
        sent.text, sent.entities, sent.raw, sent.parse_mode, sent.markup = parsed.text, parsed.entities, raw, mode, markup
        sent.edits += 1
        return self._chats.payload(sent)

    async def _edit_text(self, parameters: Parameters, files: Files) -> object:
        sent = self._edited(parameters)
        if sent.file_id:
            raise bad_request("there is no text in the message to edit")
        raw, mode = str(parameters.get("text") or ""), str(parameters.get("parse_mode") or "")
        parsed = _checked(raw, mode, _LONGEST_TEXT, "message is too long")
        if not parsed.text.strip():
            raise bad_request("message text is empty")
        return self._change(sent, parsed, raw, mode, read_markup(parameters.get("reply_markup")))

    async def _edit_caption(self, parameters: Parameters, files: Files) -> object:
        sent = self._edited(parameters)
        if not sent.file_id:
            raise bad_request("there is no caption in the message to edit")
        raw, mode = str(parameters.get("caption") or ""), str(parameters.get("parse_mode") or "")
        parsed = _checked(raw, mode, _LONGEST_CAPTION, "message caption is too long")
        return self._change(sent, parsed, raw, mode, read_markup(parameters.get("reply_markup")))

    async def _edit_markup(self, parameters: Parameters, files: Files) -> object:
        sent = self._edited(parameters)
        markup = read_markup(parameters.get("reply_markup"))
        return self._change(sent, Parsed(sent.text, sent.entities), sent.raw, sent.parse_mode, markup)

    async def _delete_message(self, parameters: Parameters, files: Files) -> object:
        chat = self._chats.find(parameters.get("chat_id"))
        self._chats.message(chat.id, _whole(parameters, "message_id", 0), "delete").deleted = True
        return True

    async def _answer_callback(self, parameters: Parameters, files: Files) -> object:
        query_id = str(parameters.get("callback_query_id") or "")
        if query_id not in self.callbacks:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if utf16_length(str(parameters.get("text") or "")) > _LONGEST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        self.callbacks[query_id] = dict(parameters)
        return True

    async def _set_webhook(self, parameters: Parameters, files: Files) -> object:
        url = str(parameters.get("url") or "")
        if url and urlsplit(url).scheme not in ("https", "http"):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        self._allow(parameters)
        if _flag(parameters, "drop_pending_updates"):
            self._updates.drop()
        self._updates.set_webhook(url, str(parameters.get("secret_token") or ""))
        return True

    async def _delete_webhook(self, parameters: Parameters, files: Files) -> object:
        if _flag(parameters, "drop_pending_updates"):
            self._updates.drop()
        self._updates.set_webhook("", "")
        return True

    async def _webhook_info(self, parameters: Parameters, files: Files) -> object:
        hook = self._updates.webhook
        info: dict[str, object] = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": self._updates.pending,
        }
        if hook.url:
            info |= {"max_connections": hook.max_connections, "allowed_updates": list(self._updates.allowed)}
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
        return info

    async def _set_commands(self, parameters: Parameters, files: Files) -> object:
        commands = read_object(parameters.get("commands"), "commands")
        if not isinstance(commands, list):
            raise bad_request("can't parse commands: expected an Array of BotCommand")
        for command in commands:
            name = str(command.get("command", "")) if isinstance(command, dict) else ""
            if not (1 <= len(name.removeprefix("/")) <= 32 and name.removeprefix("/").replace("_", "a").isalnum()):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[str(parameters.get("language_code") or "")] = commands
        return True

    async def _get_commands(self, parameters: Parameters, files: Files) -> object:
        return self.commands.get(str(parameters.get("language_code") or ""), [])

    async def _chat_action(self, parameters: Parameters, files: Files) -> object:
        self._chats.find(parameters.get("chat_id"))
        if parameters.get("action") not in ("typing", "upload_photo", "upload_document"):
            raise bad_request("wrong parameter action in request")
        return True

    async def _get_chat(self, parameters: Parameters, files: Files) -> object:
        return self._chats.find(parameters.get("chat_id")).payload()


def _checked(raw: str, mode: str, longest: int, too_long: str) -> Parsed:
    parsed = parse_text(raw, mode)
    if utf16_length(parsed.text) > longest:
        raise bad_request(too_long)
    return parsed


def _whole(parameters: Parameters, name: str, default: int) -> int:
    value = parameters.get(name)
    if value in (None, ""):
        return default
    try:
        return int(str(value))
    except ValueError:
        raise bad_request(f"invalid {name} specified") from None


def _flag(parameters: Parameters, name: str) -> bool:
    return str(parameters.get(name, "")).lower() in ("true", "1")
