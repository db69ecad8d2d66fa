// What stands in the log: lines, ticket cards, choices. Everything is built as nodes, never as markup.

const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'”’]/g;

export const told = JSON.parse(document.getElementById("texts").textContent);
export const page = document.documentElement.lang;

function make(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// One line of the conversation; the server's lines.html makes the same.
export function said(line, language) {
  const happened = line.kind && !["text", "file"].includes(line.kind) ? " line-happened" : "";
  const made = make("article", `line line-${line.author}${happened}`);
  const text = line.kind === "file" ? fileLine(line.text) : withLinks(make("p", "said"), line.text);
  if (line.kind !== "file") {
    text.lang = line.language || language;
    text.dir = "auto";
  }
  made.append(make("p", "who", author(line)), text);
  return made;
}

function fileLine(name) {
  const made = make("p", "said file-line", `${told.file_line} `);
  made.append(make("bdi", "", name));
  return made;
}

function author({ author: by, name }) {
  if (by === "customer") return told.you;
  if (by === "bot") return told.bot;
  return name ? told.staff.replace("{name}", () => name) : told.someone;
}

function withLinks(element, text) {
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    element.append(text.slice(end, found.index), link(found[0]));
    end = found.index + found[0].length;
  }
  element.append(text.slice(end));
  return element;
}

function link(address) {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (!["http:", "https:"].includes(url.protocol)) return address;
  const made = make("a", "", address);
  made.href = url.href;
  made.rel = "noopener noreferrer";
  return made;
}

export function card(ticket) {
  const made = make("section", "ticket");
  const facts = make("dl");
  made.setAttribute("aria-label", told.ticket_card);
  for (const [name, value, className] of [
    [told.ticket_code, ticket.code, "key"],
    [told.ticket_secret, ticket.secret, "key"],
    [told.ticket_owner, ticket.owner, ""],
    [told.ticket_due, dayAndTime(ticket.due_at), ""],
  ]) {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", className, value));
    facts.append(row);
  }
  made.append(make("h2", "", told.ticket_card), facts, make("p", "", told.ticket_keep));
  made.append(toTicket(ticket));
  return made;
}

// Leads to the matter's page, where files are added; code and secret are in no address.
function toTicket({ code, secret }) {
  const form = make("form");
  form.method = "post";
  form.action = `/ticket?lang=${page}`;
  for (const [name, value] of Object.entries({ code, secret })) {
    const input = make("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  form.append(make("button", "secondary", told.ticket_open));
  return form;
}

function dayAndTime(instant) {
  return new Intl.DateTimeFormat(`${page}-FI`, {
    weekday: "long", day: "numeric", month: "numeric", hour: "numeric", minute: "2-digit",
    timeZone: "Europe/Helsinki",
  }).format(new Date(instant));
}

// The choices as buttons; `pick` is called with the value of the one pressed.
export function buttons(choices, language, pick) {
  const group = make("div", "choices");
  group.id = "choices";
  group.lang = language;
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", told.choose);
  for (const choice of choices) {
    group.append(pressable("choice", choice.title, () => pick(choice.value)));
  }
  return group;
}

export function pressable(className, text, pressed) {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", pressed);
  return button;
}

// Says under a line what became of it; an empty text takes that back.
export function mark(line, text, button) {
  line.querySelector(".mark")?.remove();
  if (!text) return;
  const made = make("p", "mark", text);
  made.setAttribute("role", "alert");
  if (button) made.append(" ", button);
  line.append(made);
}
