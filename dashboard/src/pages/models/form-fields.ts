/** The text of a field, without space around it. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** A whole number, or `undefined` where nothing was entered. */
export function numberOf(fields: FormData, name: string): number | undefined {
  const text = textOf(fields, name);
  return text === '' ? undefined : Number(text);
}

/** `text, image` → both; `undefined` where nothing was entered. */
export function listOf(fields: FormData, name: string): readonly string[] | undefined {
  const parts = textOf(fields, name)
    .split(/[,，、]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts;
}
