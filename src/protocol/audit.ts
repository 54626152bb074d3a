import type { JsonObject } from '../kernel/json.ts';

/** Who did something, as far as it is known. */
export type AuditActor = {
  readonly kind: 'installation' | 'person' | 'management_key' | 'anonymous';
  /** The id of the person or the key; never a name or an address, so that erasing a person leaves the log as it is. */
  readonly id: string | undefined;
};

/** What is about to be done, and by whom. */
export type AuditAct = {
  readonly organizationId: string | undefined;
  readonly actor: AuditActor;
  /** The operation of the control API, such as `createKey`. */
  readonly action: string;
  readonly requestId: string | undefined;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
};

/** How an act ended: `refused` by the hub's own rules, `failed` by a fault. */
export type AuditOutcome = 'done' | 'refused' | 'failed';

export type AuditEnding = {
  readonly outcome: AuditOutcome;
  readonly errorCode: string | undefined;
  /** Who it turned out to be, where nobody was signed in before. */
  readonly actorId: string | undefined;
  readonly targetKind: string | undefined;
  readonly targetId: string | undefined;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
};

/**
 * One entry of the log. An act leaves two, `begun` before anything changes and `ended` after, so that a hub that dies in
 * between cannot have changed something that the log does not know of.
 */
export type AuditEntry = Omit<AuditAct, 'actor'> & {
  readonly sequence: number;
  readonly id: string;
  /** Shared by the entries of one act. */
  readonly actId: string;
  readonly phase: 'begun' | 'ended';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actorKind: AuditActor['kind'];
  readonly actorId: string | undefined;
  readonly targetKind: string | undefined;
  readonly targetId: string | undefined;
  readonly outcome: AuditOutcome | undefined;
  readonly errorCode: string | undefined;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Covers address and user agent, so that they can be emptied for a person who is erased. */
  readonly originDigest: string | undefined;
  readonly previousDigest: string;
  readonly digest: string;
};
