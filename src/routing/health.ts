import type { Clock } from '../kernel/clock.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import { Breaker } from './breaker.ts';

/** How much of a new measurement goes into the mean. */
const MEAN_SHARE = 0.2;
/** A mean that is older says nothing any more. */
const MEASURED_MS_MAX = 60_000;

/** Faults by which a deployment shows that it does not work, whoever asks it for what. */
const FAILURES: ReadonlySet<ErrorCode> = new Set([
  'upstream.unreachable',
  'upstream.error',
  'upstream.cut',
  'upstream.timeout',
  'upstream.invalid_answer',
  'egress.blocked',
]);
/** Faults that say nothing of it: about a credential, or about the hub or its caller. */
const SAYS_NOTHING: ReadonlySet<ErrorCode> = new Set([
  'upstream.credential_rejected',
  'upstream.rate_limited',
  'client.closed',
  'hub.draining',
  'internal.bug',
]);

/** Where a deployment is, whatever its connection is called. */
export type DeploymentKey = string;

export function deploymentKey({ connection, upstreamModel }: Pick<Deployment, 'connection' | 'upstreamModel'>): string {
  return `${connection.id} ${upstreamModel}`;
}

export function deploymentPlace(key: DeploymentKey): { readonly connectionId: string; readonly upstreamModel: string } {
  const space = key.indexOf(' ');
  return { connectionId: key.slice(0, space), upstreamModel: key.slice(space + 1) };
}

/** A call under way, as the health of its deployment knows it. */
export type CallUnderWay = {
  /** The first byte of its answer came that long after the call was sent; a whole answer's comes with its end. */
  readonly noteFirstByte: (ms: number, isStream: boolean) => void;
  /** Ends it, once: answered, or with the fault that it ended in. */
  readonly end: (fault: ErrorCode | undefined) => void;
};

/** What is known of a deployment at a time. */
export type HealthReport = {
  readonly key: DeploymentKey;
  /** For how long it stays open, in milliseconds; `undefined` where it is closed. */
  readonly openForMs: number | undefined;
  readonly inFlight: number;
  /** The mean time to the first byte lately, in milliseconds. */
  readonly firstByteMs: number | undefined;
};

/** A breaker that opened or closed by what this process saw. */
export type HealthChange = { readonly key: DeploymentKey; readonly openForMs: number | undefined };

/** What this process knows of one deployment. */
export class DeploymentHealth {
  readonly breaker = new Breaker();
  readonly #key: DeploymentKey;
  readonly #clock: Clock;
  readonly #onChange: (change: HealthChange) => void;
  #inFlight = 0;
  #firstByteMs = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #isOfStreams = false;

  constructor(key: DeploymentKey, clock: Clock, onChange: (change: HealthChange) => void) {
    this.#key = key;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The mean time to the first byte; `undefined` where none was measured lately. */
  firstByteMsAt(nowMs: number): number | undefined {
    return nowMs - this.#measuredAtMs > MEASURED_MS_MAX ? undefined : this.#firstByteMs;
  }

  begin(): CallUnderWay {
    const begunAtMs = this.#clock.monotonic();
    const isProbe = this.breaker.stateAt(begunAtMs) === 'half-open';
    if (isProbe) this.breaker.beginProbe(begunAtMs);
    this.#inFlight += 1;
    let isOver = false;
    return {
      noteFirstByte: (ms, isStream) => this.#measure(ms, isStream),
      end: (fault) => {
        if (isOver) return;
        isOver = true;
        this.#inFlight -= 1;
        this.#judge(fault, begunAtMs, isProbe);
      },
    };
  }

  report(): HealthReport {
    const nowMs = this.#clock.monotonic();
    const { openUntilMs } = this.breaker;
    return {
      key: this.#key,
      openForMs: openUntilMs === undefined ? undefined : Math.max(0, openUntilMs - nowMs),
      inFlight: this.#inFlight,
      firstByteMs: this.firstByteMsAt(nowMs),
    };
  }

  #judge(fault: ErrorCode | undefined, begunAtMs: number, isProbe: boolean): void {
    const nowMs = this.#clock.monotonic();
    if (fault !== undefined && FAILURES.has(fault)) {
      const hasOpened = this.breaker.noteFailure(begunAtMs, nowMs);
      if (hasOpened || isProbe) this.#tell(nowMs);
    } else if (fault === undefined || !SAYS_NOTHING.has(fault)) {
      if (this.breaker.noteAnswer(begunAtMs, nowMs)) this.#tell(nowMs);
    } else if (isProbe) this.breaker.endProbe();
  }

  #tell(nowMs: number): void {
    const { openUntilMs } = this.breaker;
    this.#onChange({ key: this.#key, openForMs: openUntilMs === undefined ? undefined : openUntilMs - nowMs });
  }

  /** Streams tell it best: what is measured of them is not mixed with whole answers, which are as late as they are long. */
  #measure(ms: number, isStream: boolean): void {
    const nowMs = this.#clock.monotonic();
    let before = this.firstByteMsAt(nowMs);
    if (before !== undefined && this.#isOfStreams && !isStream) return;
    if (isStream && !this.#isOfStreams) before = undefined;
    this.#isOfStreams = isStream;
    this.#firstByteMs = before === undefined ? ms : before + (ms - before) * MEAN_SHARE;
    this.#measuredAtMs = nowMs;
  }
}

/** What this process knows of every deployment that it has called. */
export class RoutingHealth {
  readonly #clock: Clock;
  readonly #onChange: (change: HealthChange) => void;
  readonly #known = new Map<DeploymentKey, DeploymentHealth>();
  /** The same by the deployments themselves, which are asked about by the thousand between two changes of them. */
  #asked = new WeakMap<Pick<Deployment, 'connection' | 'upstreamModel'>, DeploymentHealth>();

  constructor(clock: Clock, onChange: (change: HealthChange) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  of(deployment: Pick<Deployment, 'connection' | 'upstreamModel'>): DeploymentHealth {
    let health = this.#asked.get(deployment);
    if (health === undefined) {
      health = this.#at(deploymentKey(deployment));
      this.#asked.set(deployment, health);
    }
    return health;
  }

  /** What another process saw. */
  take({ key, openForMs }: HealthChange): void {
    const { breaker } = this.#at(key);
    const nowMs = this.#clock.monotonic();
    if (openForMs === undefined) breaker.close();
    else breaker.open(nowMs, nowMs + openForMs);
  }

  report(): readonly HealthReport[] {
    return Array.from(this.#known.values(), (health) => health.report());
  }

  /** Forgets the deployments of all other connections. */
  retain(connections: Iterable<Pick<ConnectionTarget, 'id'>>): void {
    const ids = new Set(Array.from(connections, ({ id }) => id));
    for (const key of this.#known.keys()) if (!ids.has(deploymentPlace(key).connectionId)) this.#known.delete(key);
    this.#asked = new WeakMap();
  }

  #at(key: DeploymentKey): DeploymentHealth {
    let health = this.#known.get(key);
    if (health === undefined) {
      health = new DeploymentHealth(key, this.#clock, this.#onChange);
      this.#known.set(key, health);
    }
    return health;
  }
}
