import type { ApiSaid } from '../words/api-text.ts';
import { type Operations, ROUTES } from './types.ts';

export type OperationId = keyof Operations;

/** What an operation takes: the parts that it has none of may be left out. */
export type Taken<Id extends OperationId> = Part<'params', Operations[Id]['params']> &
  Part<'query', Operations[Id]['query']> &
  Part<'body', Operations[Id]['body']> &
  More;

type Part<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [_ in Name]?: undefined }
  : {} extends Value
    ? { readonly [_ in Name]?: Value }
    : { readonly [_ in Name]: Value };

type More = { readonly signal?: AbortSignal; readonly revision?: number };

export type Answer<Id extends OperationId> = Operations[Id]['answer'];

/** Says in the reader's language what the hub said; as the hub said it, until the page speaks one. */
type Tell = (said: ApiSaid) => Pick<ApiSaid, 'message' | 'remedy'>;

let tell: Tell = (said) => said;

export function tellErrorsBy(telling: Tell): void {
  tell = telling;
}

/** A refusal or failure of the hub, or of the way to it, with what the hub said. */
export class CallError extends Error {
  readonly status: number;
  readonly code: string;
  /** The field of the body that was at fault. */
  readonly param: string | undefined;
  readonly requestId: string | undefined;
  readonly #said: ApiSaid;

  constructor(status: number, said: { readonly [name: string]: unknown }) {
    super();
    this.name = 'CallError';
    this.status = status;
    this.code = textOr(said['code'], status === 0 ? 'network' : 'unknown');
    this.param = optionalText(said['param']);
    this.requestId = optionalText(said['request_id']);
    this.#said = {
      code: this.code,
      message: textOr(said['message'], `The hub answered ${status}.`),
      remedy: optionalText(said['remedy']),
      details: isRecord(said['details']) ? said['details'] : {},
    };
  }

  /** In the language that the page speaks now. */
  override get message(): string {
    return tell(this.#said).message;
  }

  get remedy(): string | undefined {
    return tell(this.#said).remedy;
  }
}

/** The path that stands before every address of the hub; empty where there is none. */
export const BASE: string = import.meta.env.BASE_URL.replace(/\/dashboard\/$/, '');

let organization: string | undefined;

/** Names the organization that calls are about from now on. */
export function setOrganization(id: string | undefined): void {
  organization = id;
}

/**
 * Calls an operation of the control API by its name in the document.
 * @throws CallError for anything but a success; its `status` is 0 where the hub was not reached
 */
export async function call<Id extends OperationId>(id: Id, taken: Taken<Id>): Promise<Answer<Id>> {
  const response = await send(id, taken);
  const answer: unknown = await response.json().catch(() => undefined);
  // The document that the types are made from is the one that the hub checks its answers by.
  return answer as Answer<Id>;
}

async function send<Id extends OperationId>(id: Id, taken: Taken<Id>): Promise<Response> {
  const [method, template] = ROUTES[id];
  const { params, query, body, signal, revision } = taken;
  const headers = new Headers();
  if (organization !== undefined) headers.set('x-hub-organization', organization);
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (revision !== undefined) headers.set('if-match', `"${revision}"`);
  const url = `${BASE}${fill(template, params ?? {})}${queryText(query ?? {})}`;
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      redirect: 'error',
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new CallError(0, {});
  }
  if (!response.ok) throw new CallError(response.status, errorOf(await response.json().catch(() => undefined)));
  return response;
}

/** The address of an operation that a browser opens by itself, such as a download. */
export function addressOf<Id extends OperationId>(id: Id, taken: Pick<Taken<Id>, 'params' | 'query'>): string {
  return `${BASE}${fill(ROUTES[id][1], taken.params ?? {})}${queryText(taken.query ?? {})}`;
}

function fill(template: string, params: object): string {
  const values = new Map(Object.entries(params));
  return template.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values.get(name) ?? '')));
}

function queryText(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== '') search.append(name, String(one));
  }
  return search.size === 0 ? '' : `?${search}`;
}

function errorOf(answer: unknown): { readonly [name: string]: unknown } {
  const error = isRecord(answer) ? answer['error'] : undefined;
  return isRecord(error) ? error : {};
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
