import { z } from 'zod';
import { parseJsonOrUndefined } from '../kernel/json.ts';
import { CliFailure } from './failure.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Sends one call to a control plane and gives its answer whole: over HTTP, or to the one in this process. */
export type SendToHub = (call: {
  readonly method: Method;
  /** From `/control/v1` on, with its query. */
  readonly path: string;
  /** JSON text. */
  readonly body: string | undefined;
  /** The call is refused unless that is what it changes now. */
  readonly revision?: number | undefined;
}) => Promise<{ readonly status: number; readonly text: string }>;

/** The control API as commands use it. Every function throws CliFailure when the hub refuses. */
export type HubClient = {
  readonly get: <Answer>(path: string, query: Query, answer: z.ZodType<Answer>) => Promise<Answer>;
  /** All pages of a list, up to `max` rows. */
  readonly getAll: <Row>(path: string, query: Query, row: z.ZodType<Row>, max?: number) => Promise<readonly Row[]>;
  /** A list page by page, for one of any length. */
  readonly getPages: <Row>(path: string, query: Query, row: z.ZodType<Row>) => AsyncGenerator<readonly Row[]>;
  readonly send: <Answer>(
    method: Exclude<Method, 'GET'>,
    path: string,
    body: object | undefined,
    answer: z.ZodType<Answer>,
    revision?: number,
  ) => Promise<Answer>;
};

export type Query = Readonly<Record<string, string | undefined>>;

const PREFIX = '/control/v1';
const PAGE_ROWS = 500;
/** A list that a person reads is never longer; a script that needs more pages through the control API. */
const ROWS_MAX = 100_000;

const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    details: z
      .object({ problems: z.array(z.looseObject({ path: z.string(), message: z.string() })) })
      .optional()
      .catch(undefined),
  }),
});

/** Makes a client of something that sends calls. */
export function createHubClient(sendToHub: SendToHub): HubClient {
  const exchange = async <Answer>(
    method: Method,
    path: string,
    body: object | undefined,
    answer: z.ZodType<Answer>,
    revision?: number,
  ) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { status, text: answered } = await sendToHub({ method, path: PREFIX + path, body: text, revision });
    const parsed = parseJsonOrUndefined(answered);
    if (status < 200 || status > 299) throw refusal(status, parsed);
    const checked = answer.safeParse(parsed);
    if (checked.success) return checked.data;
    throw new CliFailure('the hub’s answer was not understood', 'Use the command line of the same version as the hub.');
  };
  const pagesOf = async function* pagesOf<Row>(path: string, query: Query, row: z.ZodType<Row>, max: number) {
    const page = z.looseObject({ data: z.array(row), next_cursor: z.string().optional() });
    let cursor: string | undefined;
    let left = max;
    do {
      const limit = String(Math.min(PAGE_ROWS, left));
      const answer = await exchange('GET', path + toQuery({ ...query, limit, cursor }), undefined, page);
      yield answer.data;
      left -= answer.data.length;
      cursor = answer.next_cursor;
    } while (cursor !== undefined && left > 0);
  };
  return {
    get: (path, query, answer) => exchange('GET', path + toQuery(query), undefined, answer),
    getAll: async <Row>(path: string, query: Query, row: z.ZodType<Row>, max = ROWS_MAX) => {
      const rows: Row[] = [];
      for await (const page of pagesOf(path, query, row, max)) rows.push(...page);
      return rows;
    },
    getPages: (path, query, row) => pagesOf(path, query, row, Number.POSITIVE_INFINITY),
    send: exchange,
  };
}

function refusal(status: number, answer: unknown): CliFailure {
  const { success, data } = errorAnswer.safeParse(answer);
  if (!success)
    return new CliFailure(`the hub answered ${status}`, 'Look at the hub’s log, or run `aigne-hub doctor`.');
  const { code, message, remedy, details } = data.error;
  const problems = details?.problems ?? [];
  const lines =
    problems.length > 1 ? problems.map((problem) => `\n  ${problem.path}: ${problem.message}`).join('') : '';
  return new CliFailure(`${message}${lines}`, remedy, code);
}

function toQuery(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, value);
  return search.size === 0 ? '' : `?${search.toString()}`;
}
