import { isJsonObject, type JsonValue } from '../kernel/json.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { Loss } from '../protocol/records.ts';

/** Losses of one request: a request of a thousand messages that lose alike tells it so many times and no more. */
const LOSSES_MAX = 32;

/** Collects what a dialect cannot express, each once. */
export class Losses {
  readonly #list: Loss[] = [];
  readonly #seen = new Set<string>();

  get list(): readonly Loss[] {
    return this.#list;
  }

  /** `field` as the caller's request or the answer names it in our own words; `reason` completes “… is lost: ”. */
  add(field: string, reason: string): void {
    const key = `${field} ${reason}`;
    if (this.#seen.has(key) || this.#list.length >= LOSSES_MAX) return;
    this.#seen.add(key);
    this.#list.push({ field, reason });
  }

  /** Notes the loss where a value was given at all: `undefined` says nothing and loses nothing, and a hint neither. */
  addIf(value: unknown, field: string, reason: string): void {
    if (value !== undefined && !isHint(value)) this.add(field, reason);
  }

  /** Every `extra` field of a request that came in another dialect, but for those named. */
  addExtra(request: ChatRequest, dialect: string, kept: ReadonlySet<string> = new Set()): void {
    if (request.dialect === dialect) return;
    for (const [field, value] of Object.entries(request.extra)) {
      if (!kept.has(field) && !isEmpty(value)) this.add(field, `${dialect} has no such field`);
    }
  }
}

/** A cache marker that a library places with every request. */
function isHint(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isHint' in value && value.isHint === true;
}

/** Nothing is lost with a field that says nothing. */
function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
