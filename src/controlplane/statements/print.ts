import { type Html, html } from '../../kernel/html.ts';
import type { PageLocale } from '../../kernel/locales.ts';
import { MOVEMENTS } from '../../ledger/statements.ts';
import type { ShownNote, ShownStatement } from './schema.ts';
import { type Cell, dayOf, documentOf, factsOf, grouped, money, partiesOf, tableOf } from './sheet.ts';
import type { PrintedNames } from './statement-services.ts';
import { documentWordsIn } from './words.ts';

const NUMBER_PLACES = 6;

/** As a credit note is called: `CN-000042`. */
export function noteName(number: number): string {
  return `CN-${String(number).padStart(NUMBER_PLACES, '0')}`;
}

const amount = (decimal: string): Cell => ({ text: grouped(decimal), kind: 'number' });
const headOf = (text: string): Cell => ({ text, kind: 'number' });

/** A month's statement, made for paper. */
export function printStatement(
  locale: PageLocale,
  statement: ShownStatement,
  { issuer, customer }: PrintedNames,
): string {
  const words = documentWordsIn(locale);
  const { month, time_zone: zone, final: isFinal } = statement;
  // Few have credit that anything else uses.
  const shown = MOVEMENTS.filter((movement) => movement !== 'used_elsewhere' || Number(statement[movement]) !== 0);
  const sums = shown.map((movement): readonly Cell[] => [{ text: words[movement] }, amount(statement[movement])]);
  const balances = [
    [{ text: words.opening }, amount(statement.opening)],
    ...sums,
    [{ text: isFinal ? words.closing : words.closingNow }, amount(statement.closing)],
  ];
  const paid = statement.paid.map((each) => money(each.amount, each.currency)).join(', ');
  return documentOf(
    locale,
    `${words.statement} ${month} · ${customer}`,
    html`<h1>${words.statement}</h1>
${isFinal ? undefined : html`<p class="notice">${words.notFinal}</p>`}
${partiesOf(locale, issuer, customer)}
${factsOf([[words.month, `${month} (${dayOf(statement.from, zone)} – ${dayOf(toTimeBefore(statement.to), zone)})`], [words.zone, zone], paid === '' ? undefined : [words.totalPaid, paid]])}
${tableOf([{ text: words.what }, headOf(words.credits)], balances, 1)}
${movementsOf(locale, statement)}
${partsOf(
  locale,
  words.models,
  words.model,
  statement.models.map(({ model, total }) => ({ name: model, total })),
)}
${partsOf(
  locale,
  words.projects,
  words.project,
  statement.projects.map(({ project_id: id, name, total }) => ({ name: name ?? id, total })),
)}
${notesOf(locale, statement)}`,
  );
}

/** The last moment of a month is on its last day. */
function toTimeBefore(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString();
}

function movementsOf(locale: PageLocale, { items, has_more_items: hasMore, time_zone: zone }: ShownStatement): Html {
  const words = documentWordsIn(locale);
  if (items.length === 0) return html``;
  const hasPaid = items.some(({ paid }) => paid !== undefined);
  const rows = items.map((item): readonly Cell[] => [
    { text: dayOf(item.at, zone), kind: 'day' },
    { text: whatOf(locale, item) },
    ...(hasPaid ? [paidCell(item)] : []),
    amount(item.amount),
  ]);
  const paid = hasPaid ? [headOf(words.paid)] : [];
  return html`<h2>${words.movements}</h2>
${tableOf([{ text: words.date }, { text: words.what }, ...paid, headOf(words.credits)], rows)}
${hasMore ? html`<p class="hint">${words.more}</p>` : undefined}`;
}

type Item = ShownStatement['items'][number];

function whatOf(locale: PageLocale, { movement, name, reason }: Item): Html {
  const named = name === undefined ? undefined : html` · ${name}`;
  // Why a code gave credit is that it was redeemed.
  const why = reason === undefined || movement === 'redeemed' ? undefined : html` <span class="hint">${reason}</span>`;
  return html`${documentWordsIn(locale)[movement]}${named}${why}`;
}

function paidCell({ paid, currency }: Item): Cell {
  return { text: paid === undefined || currency === undefined ? '' : money(paid, currency), kind: 'number' };
}

function partsOf(
  locale: PageLocale,
  title: string,
  head: string,
  parts: readonly { readonly name: string | undefined; readonly total: string }[],
): Html {
  const words = documentWordsIn(locale);
  if (parts.length === 0) return html``;
  const rows = parts.map(({ name, total }): readonly Cell[] => [{ text: name ?? words.unknown }, amount(total)]);
  return html`<h2>${title}</h2>
${tableOf([{ text: head }, headOf(words.credits)], rows)}`;
}

function notesOf(locale: PageLocale, { credit_notes: notes, time_zone: zone }: ShownStatement): Html {
  const words = documentWordsIn(locale);
  if (notes.length === 0) return html``;
  const rows = notes.map((note): readonly Cell[] => [
    { text: dayOf(note.issued_at, zone), kind: 'day' },
    { text: `${noteName(note.number)} · ${note.purchase_name}` },
    { text: money(note.amount, note.currency), kind: 'number' },
  ]);
  return html`<h2>${words.notes}</h2>
${tableOf([{ text: words.date }, { text: words.what }, headOf(words.amount)], rows)}`;
}

/** A credit note, made for paper: what it says was written down with it. */
export function printNote(locale: PageLocale, note: ShownNote, names: PrintedNames, zone: string): string {
  const words = documentWordsIn(locale);
  const { issuer: noted, customer, currency } = note;
  const issuer = noted === undefined ? names.issuer : { name: noted.name, address: noted.address, taxId: noted.tax_id };
  const title = note.amount.startsWith('-') ? words.cancellation : words.creditNote;
  const paidAt = note.paid_at === undefined ? undefined : ([words.purchasePaid, dayOf(note.paid_at, zone)] as const);
  return documentOf(
    locale,
    `${title} ${noteName(note.number)} · ${customer}`,
    html`<h1>${title}</h1>
${partiesOf(locale, issuer, customer)}
${factsOf([
  [words.number, noteName(note.number)],
  [words.issued, `${dayOf(note.issued_at, zone)} (${zone})`],
])}
<h2>${words.purchase}</h2>
${factsOf([[words.what, note.purchase_name], [words.number, note.purchase_id], paidAt, [words.purchaseAmount, money(note.purchase_amount, currency)]])}
${tableOf(
  [{ text: words.what }, headOf(words.amount)],
  [
    [{ text: words.creditsBack }, amount(note.credits)],
    [{ text: words.amountBack }, { text: money(note.amount, currency), kind: 'number' }],
  ],
  1,
)}`,
  );
}
