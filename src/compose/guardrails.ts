import type { GuardrailsPort } from '../dataplane/guard-request.ts';
import { createJudge, type Judge, SENT_BYTES_MAX } from '../guardrails/external.ts';
import type { AskService } from '../guardrails/ports.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createGuardedFetch } from '../upstream/guarded-fetch.ts';
import type { Core } from './core.ts';

/** Guardrails for the calls of one process. */
export function composeGuardrails(core: Core, metrics: Pick<Metrics, 'guardrailCalls'>): GuardrailsPort {
  const { snapshot } = core;
  return {
    appliedTo: (principal, names) =>
      snapshot.current.guardrails.get(principal.organizationId)?.appliedTo(principal, names) ?? [],
    judge: serviceJudge(core, (action) => metrics.guardrailCalls.inc({ action })),
  };
}

/** Asks the services of guardrails. */
export function serviceJudge(
  { vault, ownSendOf }: Pick<Core, 'vault' | 'ownSendOf'>,
  onJudged: Parameters<typeof createJudge>[0]['onJudged'],
): Judge {
  const ask: AskService = async ({ organizationId, url, headers, body, timeoutMs, signal }) => {
    const timeouts = { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs, totalMs: timeoutMs };
    const bounds = { timeouts, requestBytesMax: SENT_BYTES_MAX, answerBytesMax: SENT_BYTES_MAX };
    const send = createGuardedFetch(ownSendOf(organizationId), bounds);
    const answer = await send(url, { method: 'POST', headers, body, signal });
    return { status: answer.status, body: await answer.text() };
  };
  return createJudge({ ask, vault, onJudged });
}
