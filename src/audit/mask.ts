import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../kernel/json.ts';

/** Longest value that the log keeps; what is longer is told by its length. */
const TEXT_CHARS_MAX = 500;
const ITEMS_MAX = 100;
const DEPTH_MAX = 6;
const MASKED = '[secret]';
const PERSONAL = '[personal]';

/** Fields that hold secrets, whatever they are called around these words. */
const SECRET_FIELD = /secret|password|token|sealed|hash|credential_value|private|authorization|cookie/i;
/** Fields that say who somebody is. The log names people by their ids, so that it need not change when one is erased. */
const PERSONAL_FIELD = /^(?:e_?mail|full_?name|address|user_?agent|invited_email|support_address)$/i;
/** What looks like a secret or a mail address wherever it stands. */
const SECRET_TEXT = /\b(?:sk|hubadm|xox[a-z]|ghp|AKIA|AIza)[-_A-Za-z0-9]{8,}/g;
const EMAIL_TEXT = /[^\s@"'<>]+@[^\s@"'<>]+\.[^\s@"'<>]+/g;

/** Values as the control API shows them → as the log may keep them for good. `personal`: whether `name` is a person's. */
export function maskValues(values: object, kind: 'person' | 'thing'): JsonObject {
  const masked = mask(parseJson(JSON.stringify(values)), kind, 0);
  return isJsonObject(masked) ? masked : {};
}

function mask(value: JsonValue, kind: 'person' | 'thing', depth: number): JsonValue {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (Array.isArray(value)) {
    const kept = value.slice(0, ITEMS_MAX).map((item) => mask(item, kind, depth + 1));
    return value.length > ITEMS_MAX ? [...kept, `[${value.length - ITEMS_MAX} more]`] : kept;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(([field, item]) => [field, item === undefined ? null : maskField(field, item, kind, depth)]),
  );
}

function maskField(field: string, value: JsonValue, kind: 'person' | 'thing', depth: number): JsonValue {
  if (SECRET_FIELD.test(field) && typeof value === 'string') return MASKED;
  if (PERSONAL_FIELD.test(field) || (kind === 'person' && /^name$/i.test(field)))
    return value === null ? null : PERSONAL;
  return mask(value, kind, depth + 1);
}

function maskText(text: string): string {
  const cut = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}… [${text.length} characters]` : text;
  return cut.replaceAll(SECRET_TEXT, MASKED).replaceAll(EMAIL_TEXT, PERSONAL);
}
