import type { CallError } from '../api/call.ts';

/** Digits, and what comes after a point; how many of them there may be is the hub's to say. */
export const DECIMAL = '[0-9]+([.][0-9]+)?';

/** What was entered in a field, without the blanks around it. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

export function optionalTextOf(fields: FormData, name: string): string | undefined {
  const text = textOf(fields, name);
  return text === '' ? undefined : text;
}

/** The lines of an area that have something in them. */
export function linesOf(fields: FormData, name: string): readonly string[] {
  return textOf(fields, name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What was chosen of many by the same name. */
export function chosenOf(fields: FormData, name: string): readonly string[] {
  return fields.getAll(name).filter((value) => typeof value === 'string');
}

/** The end of a day where the viewer is. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

/** What the hub said of one field, or of a part of it, for the place beside it. */
export function problemOf(error: CallError | null, name: string): string | undefined {
  return `${error?.param ?? ''}.`.startsWith(`${name}.`) ? error?.message : undefined;
}
