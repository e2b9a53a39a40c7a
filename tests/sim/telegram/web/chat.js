"use strict";
// The chat with the bot, as Telegram's own apps show it. Text is only ever set as text, never as markup.

const LABELS = {
  en: { subtitle: "bot · simulated Telegram", write: "Message", hint: "This is the Telegram of the demo. Signals come by themselves.\n/start and /help tell the rest.", copied: "Copied", gone: "The demo does not answer. Trying again …", commands: "Commands" },
  ru: { subtitle: "бот · ненастоящий Telegram", write: "Сообщение", hint: "Это Telegram демонстрации. Сигналы приходят сами.\nОстальное расскажут /start и /help.", copied: "Скопировано", gone: "Демонстрация не отвечает. Пробую снова …", commands: "Команды" },
};
const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", spoiler: "span", text_link: "a" };
const LIVE = /(^|[^\w\/])(\/[a-z][a-z0-9_]{0,31})(?![\w\/])|https?:\/\/[^\s<>"]+/gi;
const find = (id) => document.getElementById(id);
const page = find("messages");
const shown = new Map();
let language = "en", after = 0, commands = {};

const made = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

async function post(path, body) {
  const answer = await fetch(`/chat/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
}
const act = (path, body) => post(path, body).catch(() => toast(LABELS[language].gone));
const say = (text) => act("say", { text });

function link(address, text) {
  const element = made("a", "", text);
  if (/^(https?|tg):\/\//i.test(address)) Object.assign(element, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return element;
}

function plain(text) {
  const nodes = [];
  let place = 0;
  for (const match of text.matchAll(LIVE)) {
    const start = match.index + (match[2] ? match[1].length : 0);
    nodes.push(document.createTextNode(text.slice(place, start)));
    const words = match[2] || match[0];
    if (match[2]) {
      const button = made("button", "command", words);
      button.type = "button";
      button.onclick = () => say(words);
      nodes.push(button);
    } else nodes.push(link(words, words));
    place = start + words.length;
  }
  nodes.push(document.createTextNode(text.slice(place)));
  return nodes;
}

// Entities come sorted and nested, with offsets in UTF-16 units, which is how JavaScript counts.
function formatted(text, from, to, entities, literal) {
  const nodes = [];
  let place = from;
  const upTo = (end) => nodes.push(...(literal ? [document.createTextNode(text.slice(place, end))] : plain(text.slice(place, end))));
  entities.forEach((entity, number) => {
    if (entity.offset < place) return;  // inside of the one before
    upTo(entity.offset);
    place = entity.offset + entity.length;
    const inner = entities.slice(number + 1).filter((other) => other.offset < place);
    const element = entity.type === "text_link" ? link(entity.url || "") : made(TAGS[entity.type] || "span");
    const still = literal || ["code", "pre", "text_link"].includes(entity.type);
    element.append(...formatted(text, entity.offset, place, inner, still));
    liven(element, entity.type);
    nodes.push(element);
  });
  upTo(to);
  return nodes;
}

function liven(element, type) {
  if (type === "code" || type === "pre")
    element.onclick = () => navigator.clipboard?.writeText(element.textContent).then(() => toast(LABELS[language].copied), () => {});
  if (type === "spoiler") {
    element.className = "spoiler";
    element.onclick = () => element.classList.remove("spoiler");
  }
}

function rows(buttons, press) {
  return buttons.map((row) => {
    const line = made("div", "row");
    for (const button of row) {
      const element = made("button", "", button.text);
      element.type = "button";
      element.onclick = () => press(button);
      line.append(element);
    }
    return line;
  });
}

function press(message, button) {
  if (button.callback_data) act("press", { message_id: message.message_id, data: button.callback_data });
  else if (/^https?:\/\//i.test(button.url || "")) window.open(button.url, "_blank", "noopener,noreferrer");
  else if (button.copy_text) navigator.clipboard?.writeText(button.copy_text.text);
}

function drawn(message) {
  const whole = made("article", message.mine ? "mine" : "");
  const bubble = made("div", "bubble");
  if (message.file) {
    const address = `/chat/file/${encodeURIComponent(message.file)}`;
    const open = Object.assign(made("a", "", message.picture ? undefined : "📎"), { href: address, target: "_blank" });
    if (message.picture) {
      const picture = Object.assign(made("img"), { src: address, alt: "" });
      picture.onload = () => followed && toEnd();
      open.append(picture);
    }
    bubble.append(open);
  }
  const text = made("div", "text");
  text.append(...formatted(message.text, 0, message.text.length, message.entities, false));
  const edited = message.edited ? "✎ " : "";
  bubble.append(text, made("time", "when", edited + new Date(message.wall * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })));
  whole.append(bubble, ...rows(message.buttons, (button) => press(message, button)));
  return whole;
}

function show(message) {
  const before = shown.get(message.message_id);
  if (message.deleted) {
    before?.remove();
    shown.delete(message.message_id);
    return;
  }
  const element = drawn(message);
  shown.set(message.message_id, element);
  if (before) before.replaceWith(element);
  else page.append(element);
  if (message.keyboard) showKeyboard(message.keyboard);
}

function showKeyboard(keyboard) {
  find("keyboard").replaceChildren(...rows(keyboard, (button) => say(button.text)));
  find("keyboard").hidden = keyboard.length === 0;
}

let followed = true;
const toEnd = () => { page.scrollTop = page.scrollHeight; };
page.addEventListener("scroll", () => {
  followed = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  if (followed) find("down").hidden = true;
});
find("down").onclick = toEnd;

let waning;
function toast(text) {
  find("toast").textContent = text;
  find("toast").hidden = false;
  clearTimeout(waning);
  waning = setTimeout(() => { find("toast").hidden = true; }, 5000);
}

function speak(chosen) {
  language = chosen in LABELS ? chosen : "en";
  const labels = LABELS[language];
  document.documentElement.lang = language;
  find("subtitle").textContent = labels.subtitle;
  find("words").placeholder = labels.write;
  find("commands").setAttribute("aria-label", labels.commands);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
  page.querySelector(".hint")?.replaceChildren(...plain(labels.hint));
}

function take(news) {
  after = news.next;
  commands = news.commands;
  if (news.language !== language) speak(news.language);
  if (news.messages.length) page.querySelector(".hint")?.remove();
  const atEnd = followed;
  news.messages.forEach(show);
  if (atEnd) toEnd();
  else if (news.messages.length) find("down").hidden = false;
  for (const answer of news.answers) if (answer.text) toast(answer.text);
}

async function listen() {
  for (;;) {
    try {
      const answer = await fetch(`/chat/updates?after=${after}`);
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
    } catch {
      toast(LABELS[language].gone);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

for (const button of document.querySelectorAll("[data-language]")) button.onclick = () => act("language", { language: button.dataset.language });

find("commands").onclick = () => {
  const menu = find("menu");
  const listed = commands[language] || commands[""] || [];
  menu.replaceChildren(...listed.map((command) => {
    const line = made("button");
    line.type = "button";
    line.append(made("b", "", `/${command.command}`), made("span", "", command.description));
    line.onclick = () => { menu.hidden = true; say(`/${command.command}`); };
    return line;
  }));
  menu.hidden = !menu.hidden;
  find("commands").setAttribute("aria-expanded", String(!menu.hidden));
};

const words = find("words");
words.addEventListener("input", () => { words.style.height = "auto"; words.style.height = `${words.scrollHeight}px`; });
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); find("form").requestSubmit(); }
});
find("form").onsubmit = (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (!text) return;
  words.value = "";
  words.style.height = "auto";
  followed = true;
  say(text);
};

page.append(made("p", "hint"));
speak("en");
listen();
