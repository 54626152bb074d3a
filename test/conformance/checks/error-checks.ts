import { expect } from 'vitest';
import { isJsonObject, type JsonValue } from '../../../src/kernel/json.ts';
import { errorOf, plain, plainError } from '../canonical-json.ts';
import type { Case } from '../cases.ts';
import { inboundFace, NOW_MS, outboundFace, REQUEST_ID } from '../surroundings.ts';
import { type Check, twice } from './check.ts';

/** What a case asks of error answers, by the files that it has. */
export function errorChecks(fixture: Case): readonly Check[] {
  if (!fixture.has('wire.error.json')) return [];
  const { face } = fixture.meta;
  const checks: Check[] = [];
  if (face !== 'inbound' && fixture.has('canonical.fault.json')) {
    checks.push({ name: 'decode fault', run: () => decode(fixture) });
  }
  if (face !== 'outbound' && fixture.has('canonical.error.json')) {
    checks.push({ name: 'encode error', run: () => encode(fixture) });
  }
  return checks;
}

function decode(fixture: Case): void {
  const { status, headers = {}, body } = fixture.object('wire.error.json');
  const answer = {
    status: Number(status),
    headers: headersOf(headers),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? '')),
  };
  const fault = twice(() => outboundFace(fixture.dialect).decodeFault(answer, NOW_MS));
  expect(plainError(fault)).toEqual(fixture.json('canonical.fault.json'));
}

function headersOf(json: JsonValue): Record<string, string> {
  const entries = isJsonObject(json) ? Object.entries(json) : [];
  return Object.fromEntries(
    entries.map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function encode(fixture: Case): void {
  const error = errorOf(fixture.json('canonical.error.json'));
  const body = twice(() => inboundFace(fixture.dialect).encodeError(error, REQUEST_ID));
  expect({ status: error.status, body: plain(body) }).toEqual(fixture.json('wire.error.json'));
}
