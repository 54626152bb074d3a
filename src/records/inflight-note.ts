import { parseJsonOrUndefined } from '../kernel/json.ts';
import { ZERO_NANO_USD } from '../kernel/money.ts';
import type { RequestOutcome, UsageRecord } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';

/** What has to be known of a call that left to write its records if its process dies. */
export type InFlightNote = Pick<UsageRecord, (typeof FIELDS)[number]>;

/** In the order in which a note's values stand. Only ever added to at the end: an older hub's notes are read, too. */
const FIELDS = [
  'id',
  'requestId',
  'organizationId',
  'projectId',
  'startedAt',
  'keyId',
  'operation',
  'streamed',
  'requestedModel',
  'requestBytes',
  'instanceId',
  'application',
  'connectionId',
  'credentialId',
  'providerId',
  'routedModel',
  'endUser',
  'clientRequestId',
  'traceparent',
  'tags',
  'memberId',
  'serviceAccountId',
] as const satisfies readonly (keyof UsageRecord)[];
const REQUIRED_FIELDS = 12;

/** A note as one line. It is written for every call, so it is a bare list: names would be most of its bytes. */
export function encodeNote(note: InFlightNote): string {
  return JSON.stringify([
    note.id,
    note.requestId,
    note.organizationId,
    note.projectId,
    note.startedAt,
    note.keyId,
    note.operation,
    note.streamed,
    note.requestedModel,
    note.requestBytes,
    note.instanceId,
    note.application,
    note.connectionId,
    note.credentialId,
    note.providerId,
    note.routedModel,
    note.endUser,
    note.clientRequestId,
    note.traceparent,
    note.tags,
    note.memberId,
    note.serviceAccountId,
  ]);
}

/** The note of a line, or `undefined` where the line is none or was torn. */
export function decodeNote(line: string): InFlightNote | undefined {
  const values = parseJsonOrUndefined(line);
  if (!Array.isArray(values) || values.length < REQUIRED_FIELDS) return undefined;
  const note = Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? undefined]));
  // The file is the hub's own, written by encodeNote, so its shape needs no second proof.
  return note as unknown as InFlightNote;
}

/** The records of a call that a crash cut short, before what it used and cost is filled in. */
export function interruptedOutcome(note: InFlightNote): RequestOutcome {
  const { id, requestId, organizationId, projectId, startedAt } = note;
  return {
    usage: {
      ...note,
      servedModel: undefined,
      usage: NO_USAGE,
      usageBasis: 'estimated',
      costNano: ZERO_NANO_USD,
      rateCardId: undefined,
      rateCardVersion: undefined,
      finishReason: undefined,
      status: 'interrupted',
      httpStatus: 500,
      errorCode: 'hub.interrupted',
      firstByteMs: undefined,
      durationMs: 0,
      overheadMs: 0,
      responseBytes: 0,
    },
    request: {
      id,
      requestId,
      organizationId,
      projectId,
      startedAt,
      attempts: [],
      losses: [],
      errorMessage: undefined,
      userAgent: undefined,
      clientAddress: undefined,
    },
  };
}
