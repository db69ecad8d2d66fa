// A small sum that the desk asks for when very many conversations begin at once. Nobody sees it.

const AT_ONCE = 200; // numbers tried between two breaths of the page

/**
 * The sum's answer as the desk takes it; null where this browser cannot work it out.
 * @param {string} desk the desk's address; empty: this page's own
 * @returns {Promise<string | null>}
 */
async function workedOut(desk) {
  // Only a page that came over HTTPS or from this machine can hash.
  if (!globalThis.crypto?.subtle) return null;
  const came = await fetch(`${desk}/proof/challenge`, {
    credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(10_000),
  });
  if (!came.ok) return null;
  const { algorithm, challenge, maxnumber, salt, signature } = await came.json();
  const writer = new TextEncoder();
  for (let first = 0; first <= maxnumber; first += AT_ONCE) {
    const tried = Array.from({ length: AT_ONCE }, (_, more) =>
      crypto.subtle.digest(algorithm, writer.encode(salt + (first + more))));
    const found = (await Promise.all(tried)).findIndex((one) => inHex(one) === challenge);
    if (found < 0) continue;
    return btoa(JSON.stringify({ algorithm, challenge, number: first + found, salt, signature }));
  }
  return null;
}

/** @param {ArrayBuffer} bytes */
function inHex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
