import type { IncomingMessage } from 'node:http';
import type { GatewayError } from '../kernel/errors.ts';
import type { CompiledRateCard } from '../metering/compile-rate-card.ts';
import type { ContentRule } from '../protocol/contents.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import type { HeldId, HeldPage } from '../protocol/held.ts';
import type { Principal } from '../protocol/principal.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { ContentKeeper } from '../records/content-keeper.ts';
import type { InFlight } from '../records/inflight-journal.ts';
import type { InFlightNote } from '../records/inflight-note.ts';
import type { ModelAccess } from '../routing/resolve.ts';

/** The configuration that the data plane runs on: immutable, replaced as a whole. */
export type DataplaneSnapshot = {
  readonly version: number;
  /** What every organization is offered, and whoever has no key may be told of. */
  readonly offered: ModelAccess;
  /** Whether some key that counts may be used by pages of that web origin. */
  readonly allowsOrigin: (origin: string, nowMs: number) => boolean;
};

/** A credential chosen for one attempt: what the provider asks for as headers, and how to hide it in foreign text. */
export type ChosenCredential = {
  /** `undefined` where the connection needs no secret. */
  readonly id: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Signs a whole call, for schemes that cover its body: the headers to add. @throws GatewayError */
  readonly sign?: ((call: CallToSign) => Promise<Readonly<Record<string, string>>>) | undefined;
};

/** A call as it will be sent, but for its signature. */
export type CallToSign = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
};

/** Hands out a connection's credentials in turn and hears what became of them. */
export type CredentialPort = {
  /** The next usable credential that was not tried yet. @throws GatewayError when only secrets that cannot be opened are left */
  readonly next: (connection: ConnectionTarget, tried: ReadonlySet<string>) => ChosenCredential | undefined;
  readonly noteUse: (credentialId: string) => void;
  readonly noteFault: (credentialId: string, error: GatewayError) => void;
  /** Removes every secret of the connection from a provider's words. */
  readonly scrub: (connection: ConnectionTarget, text: string) => string;
};

/** A request as far as it says who calls and from where. */
export type Arrived = { readonly request: IncomingMessage; readonly clientAddress: string | undefined };

/** Who calls, and what there is for them. @throws GatewayError an `auth.*` code */
export type Authenticate = (arrived: Arrived) => {
  readonly principal: Principal;
  readonly access: ModelAccess;
  /** `undefined` where what is said is not stored. */
  readonly contentRule: ContentRule | undefined;
};

export type MeterPort = {
  /** The rate card in force for the deployment at that time; `undefined` where no price is known. */
  readonly cardOf: (deployment: Deployment, atMs: number) => CompiledRateCard | undefined;
  /**
   * What callers pay for the deployment: what it costs, or where they pay with credit, nano-credits for a million units by
   * the organization's terms; those of nobody's group for strangers.
   */
  readonly shownCardOf: (
    deployment: Deployment,
    organizationId: string | undefined,
    atMs: number,
  ) => RateCard | undefined;
  /** Whether that is in credit. */
  readonly isPaidWithCredit: () => boolean;
  /** Usage numbers that no provider may send; counted. */
  readonly noteAnomalies: (anomalies: readonly string[]) => void;
};

export type RecordsPort = {
  readonly isAccepting: () => boolean;
  readonly commit: (outcome: RequestOutcome) => Promise<void>;
  /** Notes a call that is about to leave, so that a crash cannot lose it. */
  readonly begin: (note: InFlightNote) => InFlight;
};

/** Where what is said in requests goes. */
export type ContentsPort = Pick<ContentKeeper, 'take' | 'release' | 'noteLost' | 'keep'>;

/** What providers keep for callers beyond a request. */
export type HeldPort = {
  /** Binds ids to their project and deployment; an id that is bound already keeps its first binding. */
  readonly bind: (held: readonly HeldId[]) => Promise<void>;
  /** Those of the ids that belong to the project. */
  readonly find: (tenant: Tenant, ids: readonly string[]) => Promise<readonly HeldId[]>;
  /** Those of one kind that the project holds. */
  readonly list: (tenant: Tenant, kind: HeldId['kind'], page: HeldPage) => Promise<readonly HeldId[]>;
  readonly forget: (tenant: Tenant, id: string) => Promise<void>;
};
