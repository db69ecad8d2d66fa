// What stands in the panel. Everything is built as nodes, never as markup, so that a page with
// Trusted Types and the strictest policy shows it too.

const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'”’]/g;

/**
 * An element with these attributes, listeners ("onclick") and children.
 * @param {string} name
 * @param {Record<string, unknown>} [given]
 * @param {...(Node | string | null)} inner
 */
function make(name, given = {}, ...inner) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === "function") {
      made.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== false && value != null) {
      made.setAttribute(key, value === true ? "" : String(value));
    }
  }
  made.append(...inner.filter((one) => one !== null));
  return made;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {() => void} pressed
 * @param {Record<string, unknown>} [more]
 */
function pressable(className, text, pressed, more = {}) {
  return make("button", { type: "button", class: className, onclick: pressed, ...more }, text);
}

/** A drawing of one path; `currentColor` follows high contrast. @param {string} path */
function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

/** The text's words, its addresses as links. @param {string} text */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, found.index), link(found[0], found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

/** A link out of the page that the visitor is on. @param {string} address @param {string} text */
function link(address, text) {
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** @param {Line} line @param {Texts} t */
function author({ author: by, name }, t) {
  if (by === "customer") return t.you;
  if (by === "bot") return t.bot;
  return name ? t.staff.replace("{name}", () => name) : t.someone;
}

/** One line of the conversation. @param {Line} line @param {Texts} t @param {string} language */
function said(line, t, language) {
  const happened = line.kind && line.kind !== "text" ? " happened" : "";
  return make(
    "article",
    { class: `line ${line.author}${happened}` },
    make("p", { class: "who" }, author(line, t)),
    make("p", { class: "said", lang: line.language || language, dir: "auto" }, ...linked(line.text)),
  );
}

/** What the visitor keeps of a matter. @param {TicketCard} ticket @param {Texts} t @param {string} follow */
function card(ticket, t, follow) {
  const rows = [
    [t.ticket_code, ticket.code, "key"],
    [t.ticket_secret, ticket.secret, "key"],
    [t.ticket_owner, ticket.owner, ""],
    [t.ticket_due, dayAndTime(ticket.due_at, t), ""],
  ].map(([name, value, kind]) =>
    make("div", {}, make("dt", {}, name), make("dd", { class: kind }, value)));
  return make(
    "section",
    { class: "ticket", "aria-label": t.ticket_card },
    make("h3", {}, t.ticket_card),
    make("dl", {}, ...rows),
    make("p", {}, t.ticket_keep),
    link(follow, t.ticket_follow),
  );
}

/** An instant in Finnish time, as both languages write it. @param {string} instant @param {Texts} t */
function dayAndTime(instant, t) {
  return new Intl.DateTimeFormat(t === DESK_TEXTS.sv ? "sv-FI" : "fi-FI", {
    weekday: "long", day: "numeric", month: "numeric", hour: "numeric", minute: "2-digit",
    timeZone: "Europe/Helsinki",
  }).format(new Date(instant));
}

/**
 * The choices as buttons; `pick` is called with the value of the one pressed.
 * @param {Choice[]} choices @param {Texts} t @param {string} language @param {(value: string) => void} pick
 */
function buttons(choices, t, language, pick) {
  return make(
    "div",
    { class: "choices", role: "group", "aria-label": t.choose },
    ...choices.map(({ title, value }) =>
      pressable("choice", title, () => pick(value), { lang: language, dir: "auto" })),
  );
}

/** Says under a line what became of it; an empty text takes that back.
 * @param {Element} line @param {string} text @param {...Node} more */
function mark(line, text, ...more) {
  line.querySelector(".mark")?.remove();
  if (text) line.append(make("p", { class: "mark", role: "alert" }, text, ...more));
}
