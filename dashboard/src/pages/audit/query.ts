import type { Taken } from '../../api/call.ts';

/** Whose acts are looked at. */
export type Scope = 'organization' | 'installation';
export type Filter = Omit<NonNullable<Taken<'listAuditActs'>['query']>, 'limit' | 'cursor'>;

/** What the address filters by. Its days are days where the reader is; the last is part of it. */
export function filterOf(said: Readonly<Record<string, string | undefined>>): Filter {
  const from = dayStart(said['from'], 0);
  const to = dayStart(said['to'], 1);
  return {
    ...(said['actor'] === undefined ? {} : { actor_id: said['actor'] }),
    ...(said['action'] === undefined ? {} : { action: said['action'] }),
    ...(said['target'] === undefined ? {} : { target_id: said['target'] }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** When a day begins, or the one that many days later; nothing where it is no day. */
export function dayStart(day: string | undefined, daysLater: number): string | undefined {
  if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + daysLater);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}
