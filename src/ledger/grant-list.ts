import { type CsvRecord, parseCsv } from '../kernel/csv.ts';
import { GatewayError } from '../kernel/errors.ts';
import { invalid } from '../kernel/invalid.ts';
import { type NanoCredits, NO_CREDITS, parseCredits } from '../kernel/money.ts';
import type { GrantKind } from '../protocol/ledger.ts';
import { isSameOwed, type OwedGrant, orderReference } from '../protocol/owed-grants.ts';
import type { Organization } from '../protocol/people.ts';
import type { OwedGrants, WantedGrant } from './owed-grants.ts';
import type { OwedGrantStore } from './ports.ts';

/** Lines of one list, without its head. */
export const LIST_LINES_MAX = 5000;
export const LIST_CHARS_MAX = 500_000;
const NAME_CHARS_MAX = 100;
const REFERENCE_CHARS_MAX = 200;

/** What the head of a list may name, in whatever order. */
export const LIST_COLUMNS = [
  'organization_id',
  'external_id',
  'amount',
  'name',
  'expires_at',
  'reference',
  'kind',
  'reason',
] as const;
export type ListColumn = (typeof LIST_COLUMNS)[number];
/** Which of these it has to name; besides, one that says who gets it. */
const NEEDED: readonly ListColumn[] = ['amount', 'name', 'reference'];
const KINDS: readonly GrantKind[] = ['purchased', 'promotional', 'adjustment'];

/** What is wrong with a line. `column`: where, as far as it is in one. */
export const LINE_PROBLEMS = [
  'cells',
  'missing',
  'both_ids',
  'unknown_customer',
  'closed_customer',
  'not_an_amount',
  'unfit_text',
  'not_a_time',
  'time_is_over',
  'not_a_kind',
  'repeated',
  'other_content',
] as const;
export type LineProblem = {
  readonly what: (typeof LINE_PROBLEMS)[number];
  readonly column: ListColumn | undefined;
};

export type ListedCustomer = Pick<Organization, 'id' | 'externalId' | 'name' | 'state'>;

/** One line: what it would give, and whether it does. */
export type ListedGrant = {
  /** Of the file, from 1. */
  readonly line: number;
  readonly cells: Readonly<Partial<Record<ListColumn, string>>>;
  readonly customer: ListedCustomer | undefined;
  /** `new`: to be given; `known`: was given by its reference before; `wrong`: never. */
  readonly state: 'new' | 'known' | 'wrong';
  readonly problems: readonly LineProblem[];
  /** Of a line that is not wrong. */
  readonly grant: WantedGrant | undefined;
};

export type GrantList = {
  readonly lines: readonly ListedGrant[];
  /** What the new lines come to. */
  readonly totalNano: NanoCredits;
};

/** Lists of credit to be given, as CSV: looked at as a whole before anything of one is given. */
export type GrantLists = {
  /** @throws request.invalid for what is no such list */
  readonly look: (csv: string, actorId: string | undefined) => Promise<GrantList>;
  /** Gives what is new, all or none. @throws request.invalid where any line is wrong, too */
  readonly give: (csv: string, actorId: string | undefined) => Promise<GrantList>;
};

export type GrantListDeps = {
  /** Whose the ids are: the organizations' own, or a platform's. Those of nobody are missing. */
  readonly customers: (ids: {
    readonly organizationIds: readonly string[];
    readonly externalIds: readonly string[];
  }) => Promise<readonly ListedCustomer[]>;
  readonly owed: Pick<OwedGrantStore, 'ofReferences'>;
  readonly grants: Pick<OwedGrants, 'give'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createGrantLists(deps: GrantListDeps): GrantLists {
  const look: GrantLists['look'] = (csv, actorId) => lookAt(deps, csv, actorId);
  return {
    look,
    give: async (csv, actorId) => {
      const list = await look(csv, actorId);
      assertNoneWrong(list.lines);
      const grants = list.lines.flatMap(({ grant }) => grant ?? []);
      const given = await deps.grants.give(grants);
      // Somebody else may have given some of them meanwhile.
      const lines = list.lines.map((line, index): ListedGrant => {
        return { ...line, state: given[index]?.isNew === true ? 'new' : 'known' };
      });
      return { lines, totalNano: totalOf(lines) };
    },
  };
}

function assertNoneWrong(lines: readonly ListedGrant[]): void {
  const wrong = lines.filter(({ state }) => state === 'wrong');
  if (wrong.length === 0) return;
  throw new GatewayError('request.invalid', {
    param: 'csv',
    message: `Of ${lines.length} lines ${wrong.length} are wrong, and none was given; the first is line ${wrong[0]?.line}.`,
    details: {
      lines: wrong.slice(0, 20).map(({ line, problems }) => ({
        line,
        problems: problems.map(({ what, column }) => (column === undefined ? { what } : { what, column })),
      })),
    },
  });
}

type Named = { readonly line: number; readonly cells: ListedGrant['cells']; readonly isWhole: boolean };

async function lookAt(deps: GrantListDeps, csv: string, actorId: string | undefined): Promise<GrantList> {
  const rows = readRows(csv);
  const valuesOf = (column: ListColumn): readonly string[] => [
    ...new Set(rows.flatMap(({ cells }) => cells[column] ?? [])),
  ];
  const customers = await deps.customers({
    organizationIds: valuesOf('organization_id'),
    externalIds: valuesOf('external_id'),
  });
  const byId = new Map(customers.map((each) => [each.id, each]));
  const byExternalId = new Map(customers.map((each) => [each.externalId, each]));
  const known = await deps.owed.ofReferences(valuesOf('reference').map(orderReference));
  const owed = new Map(known.map((each) => [each.reference, each]));
  const seen = new Set<string>();
  const lines = rows.map((row): ListedGrant => {
    const { organization_id: id, external_id: externalId, reference } = row.cells;
    const customer = id === undefined ? byExternalId.get(externalId ?? '') : byId.get(id);
    const isRepeated = reference !== undefined && seen.has(reference);
    if (reference !== undefined) seen.add(reference);
    return judge(row, { customer, isRepeated, owed, actorId, nowMs: deps.now() });
  });
  return { lines, totalNano: totalOf(lines) };
}

function totalOf(lines: readonly ListedGrant[]): NanoCredits {
  const fresh = lines.flatMap(({ state, grant }) => (state === 'new' ? (grant ?? []) : []));
  return fresh.reduce((sum, { amountNano }) => (sum + amountNano) as NanoCredits, NO_CREDITS);
}

/** The lines of a list by the columns that its head names. @throws request.invalid */
function readRows(csv: string): readonly Named[] {
  const records = parseCsv(csv);
  if ('fault' in records) throw unfit(records.line, 'has a quotation mark that does not end, or one within a cell');
  const [head, ...rest] = records;
  if (head === undefined || rest.length === 0)
    throw unfit(1, 'has no head with names of columns, or nothing follows it');
  const columns = head.cells.map((cell) => columnOf(cell, head));
  if (new Set(columns).size < columns.length) throw unfit(head.line, 'names a column twice');
  const missing = NEEDED.find((column) => !columns.includes(column));
  if (missing !== undefined) throw unfit(head.line, `does not name the column ${missing}`);
  if (!columns.includes('organization_id') && !columns.includes('external_id')) {
    throw unfit(head.line, 'names neither organization_id nor external_id');
  }
  if (rest.length > LIST_LINES_MAX) throw unfit(head.line, `is followed by more than ${LIST_LINES_MAX} lines`);
  return rest.map(({ line, cells }) => ({
    line,
    isWhole: cells.length === columns.length,
    cells: Object.fromEntries(
      columns.flatMap((column, index) => {
        const cell = cells[index]?.trim() ?? '';
        return cell === '' ? [] : [[column, cell] as const];
      }),
    ),
  }));
}

function columnOf(cell: string, { line }: CsvRecord): ListColumn {
  const named = cell.trim().toLowerCase();
  const column = LIST_COLUMNS.find((each) => each === named);
  if (column === undefined) throw unfit(line, `names a column that there is not: ${cell.slice(0, NAME_CHARS_MAX)}`);
  return column;
}

function unfit(line: number, what: string): GatewayError {
  return invalid('csv', `line ${line} ${what}.`);
}

type Seen = {
  readonly customer: ListedCustomer | undefined;
  readonly isRepeated: boolean;
  readonly owed: ReadonlyMap<string, OwedGrant>;
  readonly actorId: string | undefined;
  readonly nowMs: number;
};

function judge({ line, cells, isWhole }: Named, seen: Seen): ListedGrant {
  const { customer, actorId, owed, nowMs } = seen;
  const common = { line, cells, customer };
  const amountNano = parseCredits(cells.amount ?? '');
  const expiresAt = cells.expires_at === undefined ? undefined : timeOf(cells.expires_at);
  const kind = KINDS.find((each) => each === (cells.kind ?? 'purchased'));
  const problems = problemsOf({ cells, isWhole }, { ...seen, amountNano, expiresAt, kind });
  if (problems.length > 0 || customer === undefined || amountNano === undefined || kind === undefined) {
    return { ...common, state: 'wrong', problems, grant: undefined };
  }
  const grant: WantedGrant = {
    organizationId: customer.id,
    reference: orderReference(cells.reference ?? ''),
    kind,
    name: cells.name ?? '',
    amountNano,
    expiresAt,
    actorId,
    reason: cells.reason,
  };
  const before = owed.get(grant.reference);
  const wrong = (what: LineProblem['what'], column: ListColumn): ListedGrant => {
    return { ...common, state: 'wrong', problems: [{ what, column }], grant: undefined };
  };
  if (before !== undefined && !isSameOwed(before, grant)) return wrong('other_content', 'reference');
  if (before === undefined && customer.state === 'closed') return wrong('closed_customer', idColumnOf(cells));
  if (before === undefined && expiresAt !== undefined && expiresAt <= nowMs) return wrong('time_is_over', 'expires_at');
  return { ...common, state: before === undefined ? 'new' : 'known', problems: [], grant };
}

type Read = Pick<Seen, 'customer' | 'isRepeated'> & {
  readonly amountNano: NanoCredits | undefined;
  readonly expiresAt: number | undefined;
  readonly kind: GrantKind | undefined;
};

function problemsOf({ cells, isWhole }: Pick<Named, 'cells' | 'isWhole'>, read: Read): readonly LineProblem[] {
  const problems: LineProblem[] = [];
  const add = (isSo: boolean, what: LineProblem['what'], column?: ListColumn): void => {
    if (isSo) problems.push({ what, column });
  };
  add(!isWhole, 'cells');
  for (const column of NEEDED) add(cells[column] === undefined, 'missing', column);
  const ids = [cells.organization_id, cells.external_id].filter((id) => id !== undefined);
  add(ids.length === 0, 'missing', 'organization_id');
  add(ids.length === 2, 'both_ids', 'external_id');
  add(ids.length === 1 && read.customer === undefined, 'unknown_customer', idColumnOf(cells));
  add(cells.amount !== undefined && read.amountNano === undefined, 'not_an_amount', 'amount');
  add(cells.expires_at !== undefined && read.expiresAt === undefined, 'not_a_time', 'expires_at');
  add(read.kind === undefined, 'not_a_kind', 'kind');
  add(!isFit(cells.name, NAME_CHARS_MAX), 'unfit_text', 'name');
  add(!isFit(cells.reference, REFERENCE_CHARS_MAX), 'unfit_text', 'reference');
  add(!isFit(cells.reason, 5 * NAME_CHARS_MAX), 'unfit_text', 'reason');
  add(read.isRepeated, 'repeated', 'reference');
  return problems;
}

function idColumnOf(cells: ListedGrant['cells']): ListColumn {
  return cells.organization_id === undefined ? 'external_id' : 'organization_id';
}

function isFit(text: string | undefined, charsMax: number): boolean {
  return text === undefined || (text.length <= charsMax && !/\p{Cc}/u.test(text));
}

/** A day, which counts to its end (UTC), or a time with its offset from UTC; `undefined` for anything else. */
function timeOf(text: string): number | undefined {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  if (!isDay && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(isDay ? `${text}T23:59:59.999Z` : text);
  // A day that no month has is moved into the next by some, and none by others.
  const isReal = Number.isFinite(at) && (!isDay || new Date(at).toISOString().startsWith(text));
  return isReal ? at : undefined;
}
