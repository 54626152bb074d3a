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

/** The parts of a form, in order. @throws GatewayError `request.invalid` */
export function parseForm(body: Buffer, boundary: string): readonly FormPart[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const opening = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let at = body.indexOf(opening);
  if (at < 0) throw malformed('it does not hold its boundary');
  at += opening.length;
  while (!isClosing(body, at)) {
    const start = endOfLine(body, at);
    const end = body.indexOf(delimiter, Math.max(start - 2, 0));
    if (end < 0) throw malformed('its last part has no end');
    parts.push(readPart(body, start, end));
    if (parts.length > PARTS_MAX) throw malformed(`it has more than ${PARTS_MAX} parts`);
    at = end + delimiter.length;
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

function isClosing(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

function endOfLine(body: Buffer, at: number): number {
  const end = body.indexOf('\r\n', at);
  if (end < 0 || end - at > 64) throw malformed('a boundary is not followed by a line break');
  return end + 2;
}

function readPart(body: Buffer, start: number, end: number): FormPart {
  const blank = body.subarray(start, Math.min(end, start + PART_HEADER_BYTES_MAX)).indexOf('\r\n\r\n');
  if (blank < 0) throw malformed('a part has no end to its headers');
  const headers = body.toString('utf8', start, start + blank);
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? '';
  const name = /(?:^|;)\s*name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw malformed('a part has no name');
  return {
    name,
    filename: /;\s*filename="([^"]*)"/i.exec(disposition)?.[1],
    contentType: /^content-type:\s*([^\r\n;]+)/im.exec(headers)?.[1]?.trim(),
    span: { start: start + blank + 4, end },
  };
}

function malformed(reason: string): GatewayError {
  return new GatewayError('request.invalid', { message: `The form cannot be read: ${reason}.` });
}
