import type { Turn } from './turns.ts';

/**
 * Conversations are kept in this browser alone, for who is signed in. Pictures and files are left out: they are
 * too large for it.
 */
const CHARS_MAX = 200_000;

export function readHistory(userId: string, column: number): readonly Turn[] {
  const stored = localStorage.getItem(keyOf(userId, column));
  if (stored === null) return [];
  try {
    const turns: unknown = JSON.parse(stored);
    // What is stored was written below, if not by an earlier version, which had no attachments.
    return Array.isArray(turns)
      ? (turns as readonly Turn[]).filter(({ attachments }) => Array.isArray(attachments))
      : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export function writeHistory(userId: string, column: number, turns: readonly Turn[]): void {
  const kept = turns.filter(({ error }) => error === undefined).map((turn) => ({ ...turn, attachments: [] }));
  let text = JSON.stringify(kept);
  while (text.length > CHARS_MAX && kept.length > 0) {
    kept.splice(0, 2);
    text = JSON.stringify(kept);
  }
  if (kept.length === 0) localStorage.removeItem(keyOf(userId, column));
  else localStorage.setItem(keyOf(userId, column), text);
}

function keyOf(userId: string, column: number): string {
  return `hub-playground-${userId}-${column}`;
}
