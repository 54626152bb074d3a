import { GatewayError } from '../kernel/errors.ts';
import type { Span } from '../kernel/json-spans.ts';

/**
 * Bodies of `multipart/form-data`: https://www.rfc-editor.org/rfc/rfc7578. They are read in place, so that a request can
 * go on with only the value of one field changed.
 */

/** Parts of one form; a form of more is refused. */
const PARTS_MAX = 256;
const PART_HEADER_BYTES_MAX = 8 * 1024;

export type FormPart = {
  readonly name: string;
  /** `undefined` for a plain field. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  /** Where the part's content lies in the body. */
  readonly span: Span;
};

/** The boundary that a content type names; `undefined` where it is no form. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"\r\n]{1,200})"|([^;\s]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a form, in order. Only a boundary that stands alone on its line parts anything: what merely begins like one
 * is content. @throws GatewayError `request.invalid`
 */
export function parseForm(body: Buffer, boundary: string): readonly FormPart[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  let line = openingLine(body, delimiter);
  if (line === undefined) throw malformed('it does not hold its boundary');
  while (!line.isClosing) {
    // The line break of one boundary may be the beginning of the next: a part of nothing at all.
    const next = nextLine(body, delimiter, line.end - 2);
    if (next === undefined) throw malformed('its last part has no end');
    parts.push(readPart(body, line.end, next.start));
    if (parts.length > PARTS_MAX) throw malformed(`it has more than ${PARTS_MAX} parts`);
    line = next;
  }
  return parts;
}

/** Text of a field; the first of several. */
export function formField(body: Buffer, parts: readonly FormPart[], name: string): string | undefined {
  const part = parts.find((candidate) => candidate.name === name && candidate.filename === undefined);
  return part === undefined ? undefined : body.toString('utf8', part.span.start, part.span.end);
}

/** A part of a form that is to be written. */
export type NewFormPart = {
  readonly name: string;
  readonly value: string | Buffer;
  readonly filename?: string | undefined;
  readonly contentType?: string | undefined;
};

/** A form. The boundary must not occur in any part: the caller takes it from random bytes. */
export function encodeForm(parts: readonly NewFormPart[], boundary: string): Buffer {
  const chunks: Buffer[] = [];
  for (const { name, value, filename, contentType } of parts) {
    const file = filename === undefined ? '' : `; filename="${quoted(filename)}"`;
    const type = contentType === undefined ? '' : `\r\ncontent-type: ${contentType}`;
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${file}${type}\r\n\r\n`;
    chunks.push(Buffer.from(head), typeof value === 'string' ? Buffer.from(value) : value, Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}

/** The three characters that would end the value: https://html.spec.whatwg.org/#multipart-form-data */
function quoted(text: string): string {
  return text.replace(
    /["\r\n]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

/** A line that holds a boundary: where its line break begins, where what follows begins, and whether it ends the form. */
type BoundaryLine = { readonly start: number; readonly end: number; readonly isClosing: boolean };

const SPACE = 0x20;
const TAB = 0x09;
const HYPHEN = 0x2d;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** The first boundary stands at the very beginning, or behind a preamble, which means nothing. */
function openingLine(body: Buffer, delimiter: Buffer): BoundaryLine | undefined {
  const bare = delimiter.subarray(2);
  const first = body.subarray(0, bare.length).equals(bare) ? lineAt(body, 0, bare.length) : undefined;
  return first ?? nextLine(body, delimiter, 0);
}

function nextLine(body: Buffer, delimiter: Buffer, from: number): BoundaryLine | undefined {
  for (let at = body.indexOf(delimiter, from); at >= 0; at = body.indexOf(delimiter, at + 2)) {
    const line = lineAt(body, at, at + delimiter.length);
    if (line !== undefined) return line;
  }
  return undefined;
}

/** `undefined` where something else follows on the line: then it is no boundary. */
function lineAt(body: Buffer, start: number, behind: number): BoundaryLine | undefined {
  const isClosing = body[behind] === HYPHEN && body[behind + 1] === HYPHEN;
  let at = isClosing ? behind + 2 : behind;
  while (body[at] === SPACE || body[at] === TAB) at += 1;
  const isEnd = body[at] === CARRIAGE_RETURN && body[at + 1] === LINE_FEED;
  if (isEnd) return { start, end: at + 2, isClosing };
  return isClosing && at === body.length ? { start, end: at, isClosing } : undefined;
}

const NAMES = /(?:^|;)\s*name="([^"]*)"/gi;

function readPart(body: Buffer, start: number, end: number): FormPart {
  const blank = body.subarray(start, Math.min(end, start + PART_HEADER_BYTES_MAX)).indexOf('\r\n\r\n');
  if (blank < 0) throw malformed('a part has no end to its headers');
  // Lines end with CRLF and nothing else: a name may hold what regular expressions take for the end of a line.
  const headers = body.toString('utf8', start, start + blank).split('\r\n');
  const [disposition, second] = headers.filter((line) => /^content-disposition:/i.test(line));
  const names = [...(disposition?.replace(/^[^:]*:\s*form-data/i, '') ?? '').matchAll(NAMES)];
  const name = names[0]?.[1];
  if (name === undefined) throw malformed('a part has no name');
  // Of two names the provider might take the other.
  if (second !== undefined || names.length > 1) throw malformed('a part has two names');
  return {
    name,
    filename: /;\s*filename="([^"]*)"/i.exec(disposition ?? '')?.[1],
    contentType: headers.map((line) => /^content-type:\s*([^;]+)/i.exec(line)?.[1]?.trim()).find(Boolean),
    span: { start: start + blank + 4, end },
  };
}

function malformed(reason: string): GatewayError {
  return new GatewayError('request.invalid', { message: `The form cannot be read: ${reason}.` });
}
