import { expect } from 'vitest';
import type { EncodedCall } from '../../../src/dialects/contract.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { isJsonObject, parseJson } from '../../../src/kernel/json.ts';
import { embeddingsRequestOf, requestOf } from '../canonical-json.ts';
import { type Case, deepFreeze } from '../cases.ts';
import { inboundFace, outboundFace, targetOf } from '../surroundings.ts';
import { type Check, expectError, expectLosses, expectPlain, lossesOf, thrownBy, twice } from './check.ts';

/** What a case asks of requests, by the files that it has. */
export function requestChecks(fixture: Case): readonly Check[] {
  if (!fixture.has('wire.request.json')) return [];
  const { face } = fixture.meta;
  const checks: Check[] = [];
  if (fixture.has('canonical.error.json')) {
    checks.push({ name: 'refuse request', run: () => refuse(fixture) });
  }
  if (!fixture.has('canonical.request.json')) return checks;
  if (face !== 'outbound') checks.push({ name: 'decode request', run: () => decode(fixture) });
  if (face !== 'inbound') checks.push({ name: 'encode request', run: () => encode(fixture) });
  if (isRoundTrip(fixture)) checks.push({ name: 'decode encoded request', run: () => decodeEncoded(fixture) });
  return checks;
}

function refuse(fixture: Case): void {
  const error = thrownBy(() => decodeBody(fixture, fixture.object('wire.request.json')));
  expectError(error, fixture.json('canonical.error.json'));
}

function decode(fixture: Case): void {
  const wire = fixture.object('wire.request.json');
  const decoded = twice(() => decodeBody(fixture, wire));
  expectPlain(decoded, canonicalOf(fixture));
}

function encode(fixture: Case): void {
  const { call, losses } = twice(() => encodeCanonical(fixture));
  expect(parseJson(call.body.toString())).toEqual(fixture.json('wire.request.json'));
  expectLosses(losses, lossesOf(fixture, 'request'));
  if (!fixture.has('wire.call.json')) return;
  const { path, headers } = fixture.object('wire.call.json');
  if (path !== undefined) expect(call.path).toBe(path);
  if (headers !== undefined) expect(call.headers).toEqual(headers);
}

/** What the dialect itself said and could say without a loss, it must understand as it was meant. */
function isRoundTrip(fixture: Case): boolean {
  const { face, quirks } = fixture.meta;
  const { dialect } = fixture.object('canonical.request.json');
  const isOwn = dialect === undefined || dialect === fixture.dialect;
  return face === 'both' && isOwn && quirks === undefined && lossesOf(fixture, 'request').length === 0;
}

function decodeEncoded(fixture: Case): void {
  const { call } = encodeCanonical(fixture);
  const wire = parseJson(call.body.toString());
  if (!isJsonObject(wire)) throw new Error('the encoded body is not an object');
  expectPlain(decodeBody(fixture, deepFreeze(wire)), canonicalOf(fixture));
}

function decodeBody(fixture: Case, wire: JsonObject): unknown {
  const inbound = inboundFace(fixture.dialect);
  if (fixture.meta.operation !== 'embeddings') return inbound.decodeRequest(wire);
  if (inbound.embeddings === undefined) throw new Error(`${fixture.dialect} takes no embeddings`);
  return inbound.embeddings.decodeRequest(wire);
}

function encodeCanonical(fixture: Case): EncodedCall {
  const outbound = outboundFace(fixture.dialect);
  const json = fixture.object('canonical.request.json');
  const target = targetOf(fixture.meta);
  if (fixture.meta.operation !== 'embeddings') {
    return outbound.encodeRequest(requestOf(json, fixture.dialect), target);
  }
  if (outbound.embeddings === undefined) throw new Error(`${fixture.dialect} makes no embeddings`);
  return outbound.embeddings.encodeRequest(embeddingsRequestOf(json), target);
}

function canonicalOf(fixture: Case): unknown {
  const json = fixture.object('canonical.request.json');
  return fixture.meta.operation === 'embeddings' ? embeddingsRequestOf(json) : requestOf(json, fixture.dialect);
}
