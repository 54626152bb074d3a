import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Deployment } from '../protocol/deployment.ts';
import { buildCall, hideSecrets } from './attempt.ts';
import { type CallDeps, nextCredential, type PreparedCall, signedAs } from './call-in-turn.ts';
import { isNeverStream, UpstreamAnswer } from './upstream-answer.ts';

/** What a call needs that belongs to no request. */
export type AloneDeps = Omit<CallDeps, 'newWireId' | 'router'> & { readonly clock: Clock };

/**
 * One call on nobody's request, with the first credential that can be used; its answer is collected whole.
 * @throws GatewayError the fault
 */
export async function callAlone(
  call: PreparedCall<unknown>,
  deployment: Deployment,
  deps: AloneDeps,
): Promise<UpstreamAnswer> {
  const { clock, credentials } = deps;
  const credential = nextCredential(signedAs(deployment, call.auth), new Set(), credentials);
  if (credential === undefined) throw new GatewayError('provider.no_credential');
  if (credential instanceof GatewayError) throw credential;
  const answer = new UpstreamAnswer({ streams: isNeverStream, nowMs: clock.monotonic });
  answer.send(
    deps.sendWithin(deployment.connection.reach),
    await buildCall({ call, deployment, credential, timeouts: deps.timeouts }, deps),
  );
  await answer.ready;
  const { status, headers, isSuccess } = answer;
  if (isSuccess) return answer;
  throw hideSecrets(call.decodeFault({ status, headers, body: answer.body() }, clock.now()), deployment, credentials);
}
