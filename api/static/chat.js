// The chat: sends each message until it has arrived, once, and shows what comes back.
import { buttons, card, mark, page, pressable, said, told } from "./lines.js";
import { get, newId, post } from "./wire.js";

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds between tries; the last one repeats
const POLL_WAIT = 25; // seconds that the server may hold a long poll
const STORE = "luukku";

const at = (id) => document.getElementById(id);
const [form, field, log, status, keep] = ["chat", "text", "log", "status", "keep"].map(at);
const title = document.title;
const bubbles = new Map(); // message_id -> its line in the log
const seen = new Set(); // ids of the staff's lines shown
const state = stored();
let busy = false; // a message is on its way
let held = false; // the desk asked to wait: what is written meanwhile is tried all the same
let restoring = false;
let wiped = false; // the customer has emptied it: what still comes is not kept
let source = null; // of the staff's lines
let wake = () => {};

// --- what survives a reload; only in this tab, only until it is closed ---

function stored() {
  const customer = form.customer?.value; // none: the public
  const fresh = {
    id: null, language: page, outbox: [], choices: [], tickets: [], draft: "", customer,
  };
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE));
    // What was begun as the public finds no internal service: the staff's page begins anew.
    return customer && kept?.customer !== customer ? fresh : { ...fresh, ...kept };
  } catch {
    return fresh;
  }
}

function store() {
  try {
    if (!wiped) sessionStorage.setItem(STORE, JSON.stringify(state));
  } catch {
    // A browser that keeps nothing: the chat works, and a reload begins a new one.
  }
  for (const input of [form.conversation_id, keep.conversation_id]) input.value = state.id || "";
  keep.hidden = !state.id;
}

// --- the log ---

function show(line, language = state.language) {
  const shown = said(line, language);
  log.append(shown);
  for (const ticket of state.tickets) {
    if (line.author === "bot" && line.text.includes(ticket.secret)) log.append(card(ticket));
  }
  return shown;
}

function offer(choices) {
  at("choices")?.remove();
  state.choices = choices || [];
  if (!state.choices.length) return;
  const pick = (value) => send(value).focus({ preventScroll: true });
  log.append(buttons(state.choices, state.language, pick));
}

// --- sending ---

function send(text) {
  const message = { message_id: newId(), text, conversation_id: state.id };
  state.outbox.push(message);
  offer([]);
  store();
  const bubble = showOwn(message);
  bubble.scrollIntoView({ block: "nearest" });
  if (restoring || held) wake();
  else deliver();
  return bubble;
}

function showOwn(message) {
  const bubble = show({ author: "customer", text: message.text }, page);
  bubble.tabIndex = -1;
  bubbles.set(message.message_id, bubble);
  return bubble;
}

async function deliver() {
  if (busy) return;
  busy = true;
  let tries = 0;
  let place = 0; // behind one that has to wait, another may tell of danger
  while (state.outbox.length) {
    const message = state.outbox[place];
    const bubble = bubbles.get(message.message_id);
    status.textContent = told.typing;
    const working = () => { status.textContent = told.proving; };
    const answer = await post(message, state, working);
    status.textContent = "";
    if (answer === null) {
      if (!bubble.querySelector(".mark")) notYet(bubble);
      await pause(tries++);
      continue;
    }
    if (answer.later) {
      notYet(bubble, answer.problem);
      place = (place + 1) % state.outbox.length;
      held = !place;
      if (held) await pause(tries++, answer.later);
      held = false;
      continue;
    }
    tries = 0;
    state.outbox.splice(place, 1);
    place = 0;
    mark(bubble, "");
    if (answer.problem) refused(message, bubble, answer.problem);
    else answered(bubble, answer.told);
    store();
  }
  busy = false;
}

function answered(bubble, out) {
  const begins = out.conversation_id !== state.id;
  state.id = out.conversation_id;
  state.language = out.language;
  bubble.querySelector(".said").lang = out.replies[0]?.language || out.language;
  if (out.outcome.ticket?.secret) state.tickets.push(out.outcome.ticket);
  for (const reply of out.replies) show({ author: "bot", ...reply });
  offer(out.replies.at(-1)?.choices);
  bubble.scrollIntoView({ block: "start" });
  if (begins) listen();
}

function refused(message, bubble, problem) {
  mark(bubble, `${told.not_taken} ${problem}`);
  if (!field.value) field.value = message.text;
}

function notYet(bubble, why = told.not_sent) {
  mark(bubble, why, pressable("quiet", told.retry, () => wake()));
  bubble.scrollIntoView({ block: "nearest" });
}

function pause(tries, least = 0) {
  const seconds = Math.max(least, PAUSES[Math.min(tries, PAUSES.length - 1)]);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    wake = () => { clearTimeout(timer); resolve(); };
  });
}

// --- after a reload ---

// What was not sent goes first: then the server's log holds all of it, and each line once.
async function restore() {
  restoring = true;
  state.outbox.forEach(showOwn);
  for (let tries = 0; state.outbox.length || state.id; tries++) {
    await deliver();
    const lines = await get(`/api/chat/${state.id}`);
    if (lines) {
      refill(lines);
      break;
    }
    status.textContent = told.not_loaded;
    await pause(tries);
  }
  restoring = false;
  deliver();
}

function refill(lines) {
  status.textContent = "";
  log.setAttribute("aria-live", "off");
  log.replaceChildren();
  seen.clear();
  if (!lines.length) Object.assign(state, { id: null, choices: [], tickets: [] });
  for (const line of lines) {
    if (line.author === "staff") seen.add(line.id);
    show(line);
  }
  state.outbox.forEach(showOwn);
  offer(lines.at(-1)?.author === "bot" ? state.choices : []);
  log.lastElementChild?.scrollIntoView({ block: "nearest" });
  setTimeout(() => log.setAttribute("aria-live", "polite"));
  store();
  listen();
}

// --- what the staff say ---

function eventsPath() {
  return `/api/chat/${state.id}/events?after=${Math.max(0, ...seen)}`;
}

function listen() {
  source?.close();
  source = null;
  if (!state.id) return;
  if (!window.EventSource) return void poll(state.id);
  const opened = new EventSource(eventsPath());
  source = opened;
  opened.addEventListener("line", (event) => heard(JSON.parse(event.data)));
  opened.addEventListener("error", () => {
    // The browser opens a broken stream again by itself; a refused one it gives up.
    if (opened.readyState === EventSource.CLOSED && source === opened) poll(state.id);
  });
}

async function poll(id) {
  for (let tries = 0; state.id === id;) {
    const lines = await get(`${eventsPath()}&wait=${POLL_WAIT}`, POLL_WAIT);
    if (state.id !== id) return;
    lines?.forEach(heard);
    tries = lines ? 0 : tries + 1;
    if (tries) await new Promise((go) => setTimeout(go, PAUSES[Math.min(tries, 5)] * 1000));
  }
}

function heard(line) {
  if (seen.has(line.id)) return;
  seen.add(line.id);
  const choices = state.choices;
  const shown = show(line);
  offer(choices); // they stay last in the log
  shown.scrollIntoView({ block: "nearest" });
  if (document.hidden) document.title = `(1) ${title}`;
}

// --- the page ---

function sendField() {
  const text = field.value.trim();
  if (!text) {
    status.textContent = told.write_something;
    field.focus();
    return;
  }
  field.value = state.draft = "";
  send(text);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const choice = event.submitter?.name === "choice" ? event.submitter.value : null;
  if (choice) send(choice);
  else sendField();
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendField();
});
field.addEventListener("input", () => { state.draft = field.value; store(); });
window.addEventListener("online", () => wake());
window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = title; });
for (const id of ["over", "keys"]) at(id).hidden = false;
at("over").addEventListener("click", () => {
  if (!confirm(told.start_over_sure)) return;
  wiped = true;
  sessionStorage.removeItem(STORE);
  location.assign(`/?lang=${page}${form.customer ? "&customer=internal" : ""}`);
});

const given = [...document.querySelectorAll("#choices button")];
at("choices")?.remove();
const moved = form.conversation_id.value; // the page came with a conversation in it
if (moved && moved !== state.id) {
  const choices = given.map((one) => ({ title: one.textContent, value: one.value }));
  Object.assign(state, { id: moved, language: page, outbox: [], choices, tickets: [], draft: "" });
}
if (!field.value) field.value = state.draft;
store();
restore();
