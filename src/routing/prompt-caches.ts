import type { Deployment } from '../protocol/deployment.ts';
import { type DeploymentKey, deploymentKey } from './health.ts';

/** Conversations that are remembered; of more, those that spoke last. */
const REMEMBERED_MAX = 10_000;
/** For how long providers keep a prompt at least: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching */
const KEPT_MS = 5 * 60_000;

type Remembered = { readonly key: DeploymentKey; readonly tokens: number; readonly atMs: number };

/** Which deployment has most likely kept the beginning of which conversation. */
export class PromptCaches {
  readonly #remembered = new Map<string, Remembered>();

  /** A deployment has read that much of a conversation. */
  note(conversation: string, deployment: Deployment, { tokens, nowMs }: { tokens: number; nowMs: number }): void {
    this.#remembered.delete(conversation);
    this.#remembered.set(conversation, { key: deploymentKey(deployment), tokens, atMs: nowMs });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
  }

  /** How many tokens of it the deployment need not read anew. */
  tokensAt(conversation: string, deployment: Deployment, nowMs: number): number {
    const known = this.#remembered.get(conversation);
    const isKept = known !== undefined && nowMs - known.atMs < KEPT_MS && known.key === deploymentKey(deployment);
    return isKept ? known.tokens : 0;
  }
}
