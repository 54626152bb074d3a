import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';

/** The longest secret; tokens of cloud sessions reach about 2,000 characters. */
export const SECRET_CHARACTERS_MAX = 8192;
const SHOWN_AT_ONE_END = 4;
/** Below this length nothing is shown at the end, so that most of a short secret never is. */
const SHOW_END_FROM = 24;
const SHOW_START_FROM = 12;

/** What may be shown of a secret: at most eight of its characters, none of a short one. */
export function maskSecret(secret: string): string {
  if (secret.length < SHOW_START_FROM) return '…';
  const start = secret.slice(0, SHOWN_AT_ONE_END);
  return secret.length < SHOW_END_FROM ? `${start}…` : `${start}…${secret.slice(-SHOWN_AT_ONE_END)}`;
}

/**
 * A secret as an operator entered it, without the white space around it that pasting leaves, and without that between the
 * parts of a JSON object: where temporary keys are had is told by one.
 * @throws GatewayError `request.invalid`; what was entered is not in its message
 */
export function cleanSecret(entered: string): string {
  const trimmed = entered.trim();
  const object = trimmed.startsWith('{') ? parseJsonOrUndefined(trimmed) : undefined;
  const secret = isJsonObject(object) ? JSON.stringify(object) : trimmed;
  const fault = (message: string) => new GatewayError('request.invalid', { param: 'secret', message });
  if (secret === '') throw fault('The secret is empty.');
  if (secret.length > SECRET_CHARACTERS_MAX)
    throw fault(`The secret is longer than ${SECRET_CHARACTERS_MAX} characters.`);
  // It goes into a header, which can carry visible ASCII only.
  if (!/^[\x21-\x7e]+$/.test(secret)) throw fault('The secret holds characters that no header can carry.');
  return secret;
}
