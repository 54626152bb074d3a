import { type Html, html } from '../../kernel/html.ts';

/** A description as paragraphs, with what stands in backquotes as code. Other markup stays as it is written. */
export function prose(text: string): readonly Html[] {
  return text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => html`<p>${inline(paragraph)}</p>`);
}

/** A description within a line. */
export function inline(text: string): readonly Html[] {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** A summary as a heading or a link: without the full stop. */
export function titleOf(summary: string): readonly Html[] {
  return inline(summary.replace(/\.$/, ''));
}
