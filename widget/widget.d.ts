// What the desk puts before the script when it serves it, for `tsc --checkJs`.

type Tongue = "fi" | "sv";
type Texts = Record<string, string>;

declare const DESK_TEXTS: Record<Tongue, Texts>;
declare const DESK_STYLE: string;

interface Choice { title: string; value: string }
interface TicketCard { code: string; secret: string; owner: string; due_at: string }
interface Line {
  id?: number;
  author: string;
  kind?: string;
  name?: string | null;
  text: string;
  language?: string | null;
  at?: string;
  message_id?: string; // of one written here
}
interface Unsent { message_id: string; text: string }

/** What survives a reload of the page, in this tab alone. */
interface Talk {
  id: string | null;
  language: string;
  page: Tongue;
  open: boolean;
  unread: number;
  draft: string;
  outbox: Unsent[];
  choices: Choice[];
  tickets: TicketCard[];
}

interface Answer {
  conversation_id: string;
  language: Tongue;
  replies: { text: string; choices?: Choice[] | null; language?: string | null }[];
  outcome: { kind: string; ticket?: TicketCard | null };
}

/** What came of a request: the answer, a refusal that no new try would help, one that helps in
 * `later` seconds, or null: try again. */
type Refusal = { refused: number; problem: Record<string, string> | null; later?: number };
type Came<T> = { told: T } | Refusal | null;
