import { createHash } from 'node:crypto';
import { Html, html } from '../../kernel/html.ts';
import type { PageLocale } from '../../kernel/locales.ts';
import type { Issuer } from '../../protocol/credit-notes.ts';
import { documentWordsIn } from './words.ts';

/** Stands in the document, so that one that was saved is printed as it was shown. */
const STYLE = `
@page { size: A4; margin: 16mm 15mm 18mm; }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1a1d21; font: 10.5pt/1.5 system-ui, "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", sans-serif; }
main { max-width: 190mm; margin: 0 auto; padding: 12mm 8mm; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 6mm; }
h2 { font-size: 12pt; margin: 8mm 0 2mm; break-after: avoid; }
.parties { display: grid; grid-template-columns: repeat(auto-fit, minmax(60mm, 1fr)); gap: 4mm 10mm; margin-bottom: 6mm; }
.parties h2 { font-size: 9pt; color: #5b6470; margin: 0; font-weight: 600; }
.parties p { margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 6mm; margin: 0; }
dt { color: #5b6470; }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
dl + table { margin-top: 5mm; }
th { text-align: left; font-size: 9pt; color: #5b6470; font-weight: 600; border-bottom: 0.4mm solid #1a1d21; }
th, td { padding: 1.3mm 3mm 1.3mm 0; vertical-align: top; overflow-wrap: anywhere; }
td { border-bottom: 0.2mm solid #d5d9de; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
.day { white-space: nowrap; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
.total td { font-weight: 600; border-bottom: 0.4mm solid #1a1d21; }
.notice { border: 0.3mm solid #8a5a00; color: #6b4600; padding: 2mm 3mm; margin: 0 0 5mm; }
.hint { color: #5b6470; }
@media (max-width: 600px) { main { padding: 16px; } th, td { padding-right: 8px; } td.number { white-space: normal; } }
@media print { main { max-width: none; padding: 0; } }
`;

/** Nothing but that style has any effect in a document; it fetches nothing and runs nothing. https://www.w3.org/TR/CSP3/ */
export const DOCUMENT_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A whole document, made for paper. */
export function documentOf(locale: PageLocale, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body><main>
${body}
</main></body>
</html>
`.text;
}

/** Who sends it, and to whom. */
export function partiesOf(locale: PageLocale, issuer: Issuer, customer: string): Html {
  const words = documentWordsIn(locale);
  return html`<div class="parties">
<section><h2>${words.from}</h2><p><strong>${issuer.name}</strong></p>${issuer.address === undefined ? undefined : html`<p>${issuer.address}</p>`}${issuer.taxId === undefined ? undefined : html`<p>${words.taxId}: ${issuer.taxId}</p>`}</section>
<section><h2>${words.to}</h2><p><strong>${customer}</strong></p></section>
</div>`;
}

export type Cell = { readonly text: string | Html; readonly kind?: 'number' | 'day' };

export function tableOf(head: readonly Cell[], rows: readonly (readonly Cell[])[], totalRows = 0): Html {
  const classOf = ({ kind }: Cell): Html | undefined => (kind === undefined ? undefined : html` class="${kind}"`);
  const row = (cells: readonly Cell[], isTotal: boolean): Html =>
    html`<tr${isTotal ? html` class="total"` : undefined}>${cells.map((cell) => html`<td${classOf(cell)}>${cell.text}</td>`)}</tr>`;
  return html`<table><thead><tr>${head.map((cell) => html`<th scope="col"${classOf(cell)}>${cell.text}</th>`)}</tr></thead>
<tbody>${rows.map((cells, index) => row(cells, index >= rows.length - totalRows))}</tbody></table>`;
}

export function factsOf(facts: readonly (readonly [string, string] | undefined)[]): Html {
  return html`<dl>${facts.map((fact) => fact && html`<dt>${fact[0]}</dt><dd>${fact[1]}</dd>`)}</dl>`;
}

/** Decimal text with its whole part in groups of three. No digit is left out. */
export function grouped(decimal: string): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(decimal) ?? [];
  return `${sign === '' ? '' : '−'}${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${rest}`;
}

/** A day by the clocks of a zone. */
export function dayOf(time: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    Date.parse(time),
  );
}

export function money(amount: string, currency: string): string {
  return `${grouped(amount)} ${currency}`;
}
