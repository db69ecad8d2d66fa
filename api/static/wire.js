// What goes between this page and the desk: each call ends, whatever the line does.
import { page, told } from "./lines.js";

const PATIENCE = 20_000; // milliseconds: far over the desk's own time limit

export function newId() {
  // Only a page that came over HTTPS or from this machine has randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What came back: {told}, {problem} that no new try would help, {problem, later} to try again in
// so many seconds, or null to try again. `proving` is called where the browser has to work first.
export async function post(message, state, proving, proof) {
  const body = {
    message_id: message.message_id, text: message.text, language: page,
    conversation_id: message.conversation_id || state.id, page: location.origin + location.pathname,
    customer: state.customer, proof,
  };
  try {
    const answer = await fetch("/api/chat", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) return { told: await answer.json() };
    if (answer.status >= 500) return null;
    if (answer.status !== 429) return { problem: await sentence(answer) };
    const given = await answer.json();
    const found = given.error === "many" && !proof && (await worked(proving));
    if (found) return post(message, state, proving, found);
    return tooMuch(given, answer.headers.get("Retry-After"));
  } catch {
    return null;
  }
}

// Where very many conversations begin at once, the desk asks this browser for a small sum.
async function worked(proving) {
  proving();
  const { workedOut } = await import("/proof/solve.js");
  return workedOut("");
}

function tooMuch(given, seconds) {
  const problem = given.error === "danger" ? given[page] : `${given[page]} ${told.sends_itself}`;
  return { problem, later: Number(seconds) || 5 };
}

async function sentence(answer) {
  try {
    return (await answer.json())[page] || told.not_taken;
  } catch {
    return told.not_taken;
  }
}

// What the path holds, an empty list where there is nothing, or null to try again. `held`: the
// seconds that the server may wait before it answers.
export async function get(path, held = 0) {
  try {
    const patience = AbortSignal.timeout(PATIENCE + held * 1000);
    const answer = await fetch(path, { headers: { Accept: "application/json" }, signal: patience });
    if (answer.status === 404) return [];
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
