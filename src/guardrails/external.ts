import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';
import { parseJsonOrUndefined } from '../kernel/json.ts';
import type { ExternalCheck, Guardrail } from '../protocol/guardrails.ts';
import type { AskService, GuardrailBinding, GuardrailVault } from './ports.ts';

/** The most bytes that a service is sent at once; a request or answer with more in its texts is one that it cannot be asked of. */
export const SENT_BYTES_MAX = 2 * 1024 * 1024;
/** Calls to one service that one process has under way; more would wait, and be late. */
const UNDER_WAY_MAX = 64;
const REASON_CHARS_MAX = 300;
const CONTROLS = /\p{Cc}+/gu;

/** A guardrail that asks a service. */
export type ExternalGuardrail = Pick<Guardrail, 'id' | 'organizationId' | 'sealed'> & { readonly check: ExternalCheck };

/** Of which call the texts are. */
export type AskedCall = {
  /** Missing where somebody only tries the guardrail. */
  readonly requestId: string | undefined;
  readonly model: string | undefined;
  readonly projectId: string | undefined;
  readonly keyId: string | undefined;
};

export type Asked = {
  readonly direction: 'input' | 'output';
  readonly texts: readonly string[];
  readonly call: AskedCall;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

/** What a service made of the texts. */
export type Judgement =
  | { readonly action: 'pass' }
  | { readonly action: 'flag' | 'block'; readonly reason: string | undefined }
  | { readonly action: 'mask'; readonly reason: string | undefined; readonly texts: readonly string[] }
  /** It could not be asked, or its answer not be read. */
  | { readonly action: 'failed'; readonly reason: string };

/** Asks a service. Whatever goes wrong with it is a judgement, too. @throws what the signal was aborted with */
export type Judge = (guardrail: ExternalGuardrail, asked: Asked) => Promise<Judgement>;

export type JudgeDeps = {
  readonly ask: AskService;
  readonly vault: Pick<GuardrailVault, 'open'>;
  readonly onJudged: (action: Judgement['action']) => void;
};

/** The judge of one process. */
export function createJudge({ ask, vault, onJudged }: JudgeDeps): Judge {
  const underWay = new Map<string, number>();
  const judge: Judge = async (guardrail, asked) => {
    const { id, organizationId, check } = guardrail;
    const body = bodyOf(guardrail, asked);
    if (Buffer.byteLength(body) > SENT_BYTES_MAX) return failed('the texts are too long to be sent');
    const others = underWay.get(id) ?? 0;
    if (others >= UNDER_WAY_MAX) return failed('too many calls of it are under way');
    underWay.set(id, others + 1);
    try {
      const { url, timeoutMs } = check;
      const headers = await headersOf(guardrail, vault);
      const answer = await ask({ organizationId, url, headers, body, timeoutMs, signal: asked.signal });
      if (answer.status !== 200) return failed(`it answered ${answer.status}`);
      return judgementOf(answer.body, asked.texts.length);
    } catch (thrown) {
      asked.signal.throwIfAborted();
      if (thrown instanceof GatewayError) return failed(thrown.code);
      throw thrown;
    } finally {
      const left = (underWay.get(id) ?? 1) - 1;
      if (left > 0) underWay.set(id, left);
      else underWay.delete(id);
    }
  };
  return async (guardrail, asked) => {
    const judgement = await judge(guardrail, asked);
    onJudged(judgement.action);
    return judgement;
  };
}

/** Whose secret it is, and which address alone may be told it. */
export function bindingOf(
  { id, organizationId }: Pick<Guardrail, 'id' | 'organizationId'>,
  { url }: Pick<ExternalCheck, 'url'>,
): GuardrailBinding {
  return { organizationId, table: 'guardrails', rowId: id, field: 'secret', baseUrl: url };
}

/** Its fields are described in docs/how-to/use-guardrails.md. */
function bodyOf({ id, organizationId }: ExternalGuardrail, { direction, texts, call }: Asked): string {
  return JSON.stringify({
    version: 1,
    request_id: call.requestId,
    guardrail_id: id,
    direction,
    model: call.model,
    organization_id: organizationId,
    project_id: call.projectId,
    key_id: call.keyId,
    texts,
  });
}

async function headersOf(
  guardrail: ExternalGuardrail,
  vault: JudgeDeps['vault'],
): Promise<Readonly<Record<string, string>>> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  if (guardrail.sealed === undefined) return headers;
  const secret = await vault.open(guardrail.sealed, bindingOf(guardrail, guardrail.check));
  return { ...headers, authorization: `Bearer ${secret}` };
}

const reasonField = z
  .string()
  .nullish()
  .transform((reason) => told(reason ?? ''));

const answerSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('pass') }),
  z.object({ action: z.enum(['flag', 'block']), reason: reasonField }),
  z.object({ action: z.literal('mask'), reason: reasonField, texts: z.array(z.string()) }),
]);

function judgementOf(body: string, texts: number): Judgement {
  const read = answerSchema.safeParse(parseJsonOrUndefined(body));
  if (!read.success) return failed('its answer is none that a guardrail gives');
  const { data } = read;
  if (data.action !== 'mask' || data.texts.length === texts) return data;
  return failed(`it masked ${data.texts.length} texts of ${texts}`);
}

/** As it may stand on a record: one line, and not long. */
function told(reason: string): string | undefined {
  const line = reason.replace(CONTROLS, ' ').trim().slice(0, REASON_CHARS_MAX).toWellFormed();
  return line === '' ? undefined : line;
}

function failed(reason: string): Judgement {
  return { action: 'failed', reason };
}
