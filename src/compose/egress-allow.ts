import type { Upstream } from '../upstream/ports.ts';

/**
 * What the egress guard lets pass wherever it lies: the settings' own list, local servers at their usual addresses, and
 * the addresses that the operator declared. An address that a caller of the control plane enters is not among them.
 */
export class EgressAllow {
  readonly #always: readonly string[];
  #declared: readonly string[];
  #connected: readonly string[] = [];
  #upstream: Pick<Upstream, 'setAllowed'> | undefined;
  #told: string;

  constructor(input: { readonly always: readonly string[]; readonly declared: readonly string[] }) {
    this.#always = input.always;
    this.#declared = input.declared;
    this.#told = this.entries.join();
  }

  /** `host:port`, each once. */
  get entries(): readonly string[] {
    return [...new Set([...this.#always, ...this.#declared, ...this.#connected])].sort();
  }

  /** From now on, changes are told to the way out. */
  attach(upstream: Pick<Upstream, 'setAllowed'>): void {
    this.#upstream = upstream;
  }

  /** What hub.yaml and the environment name now. */
  setDeclared(targets: readonly string[]): void {
    this.#declared = targets;
    this.#tell();
  }

  /** What connections that somebody declared are at now: another process may have applied them. */
  setConnected(targets: readonly string[]): void {
    this.#connected = targets;
    this.#tell();
  }

  /** Connections are judged anew on every change, so nothing is told where nothing changed. */
  #tell(): void {
    const { entries } = this;
    if (entries.join() === this.#told) return;
    this.#told = entries.join();
    this.#upstream?.setAllowed(entries);
  }
}
