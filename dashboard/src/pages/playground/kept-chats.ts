import type { Turn } from './turns.ts';

/** Earlier conversations are kept in this browser alone, for who is signed in; pictures and files are left out. */
const CHATS_MAX = 50;
const CHARS_MAX = 1_000_000;

export type KeptChat = {
  readonly id: number;
  readonly at: string;
  readonly model: string;
  readonly turns: readonly Turn[];
};

/** The newest first. */
export function keptChats(userId: string): readonly KeptChat[] {
  const stored = localStorage.getItem(keyOf(userId));
  if (stored === null) return [];
  try {
    const chats: unknown = JSON.parse(stored);
    // What is stored was written below.
    return Array.isArray(chats) ? (chats as readonly KeptChat[]) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Keeps a conversation; the oldest go where there is no more room. */
export function keepChat(userId: string, { model, turns }: Pick<KeptChat, 'model' | 'turns'>): void {
  const said = turns.filter(({ error }) => error === undefined).map((turn) => ({ ...turn, attachments: [] }));
  if (said.length === 0) return;
  const now = Date.now();
  write(userId, [{ id: now, at: new Date(now).toISOString(), model, turns: said }, ...keptChats(userId)]);
}

export function removeChats(userId: string, isRemoved: (chat: KeptChat) => boolean): void {
  write(
    userId,
    keptChats(userId).filter((chat) => !isRemoved(chat)),
  );
}

function write(userId: string, chats: readonly KeptChat[]): void {
  const kept = chats.slice(0, CHATS_MAX);
  while (JSON.stringify(kept).length > CHARS_MAX) kept.pop();
  if (kept.length === 0) localStorage.removeItem(keyOf(userId));
  else localStorage.setItem(keyOf(userId), JSON.stringify(kept));
}

function keyOf(userId: string): string {
  return `hub-playground-${userId}-kept`;
}
