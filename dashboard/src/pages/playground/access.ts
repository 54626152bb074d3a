import { useEffect, useState } from 'react';
import { BASE, CallError, call } from '../../api/call.ts';
import type { VirtualKey } from '../../api/types.ts';
import { type Place, usePlace } from '../../app/session.tsx';

/** One key a person, which gets a new secret whenever the playground is opened: what is tried out is metered like any call. */
const KEY_NAME = 'Playground';
const DAY_MS = 86_400_000;
/** Another process of the hub knows a new key after this long. */
const SOON_MS = 1200;
const TRIES = 3;

/** The way to models as the person who is signed in. */
export type ModelAccess = {
  /** Calls the API of models. The answer is not read. @throws CallError where the hub refuses or is not reached */
  readonly send: (path: string, body: object, signal?: AbortSignal) => Promise<Response>;
  readonly models: readonly string[];
};

type Opening = { readonly access?: ModelAccess; readonly error?: CallError };

/** Gets a key for the playground, and what may be called with it. */
export function useModelAccess(): Opening {
  const place = usePlace();
  const [opening, setOpening] = useState<Opening>({});
  useEffect(() => {
    let isLeft = false;
    open(place).then(
      (access) => !isLeft && setOpening({ access }),
      (error: unknown) => {
        if (!(error instanceof CallError)) throw error;
        if (!isLeft) setOpening({ error });
      },
    );
    return () => {
      isLeft = true;
    };
    // Another organization is another key.
  }, [place.organizationId, place.memberId]);
  return opening;
}

async function open(place: Place): Promise<ModelAccess> {
  const secret = await secretFor(place);
  const send: ModelAccess['send'] = (path, body, signal) =>
    request(path, { secret, body, ...(signal === undefined ? {} : { signal }) });
  const answer = await request('/v1/models', { secret });
  const { data } = (await answer.json()) as { readonly data: readonly { readonly id: string }[] };
  return { send, models: data.map(({ id }) => id) };
}

/** A new secret of the person's key, which is made where there is none. */
async function secretFor({ memberId }: Place): Promise<string> {
  const expires_at = new Date(Date.now() + DAY_MS).toISOString();
  const known = await findKey(memberId);
  if (known === undefined) {
    const made = await call('createKey', {
      body: { name: KEY_NAME, expires_at, ...(memberId === undefined ? {} : { member_id: memberId }) },
    });
    return made.secret;
  }
  await call('updateKey', { params: { key_id: known.id }, body: { expires_at } });
  const { secret } = await call('rotateKey', { params: { key_id: known.id }, body: { overlap_seconds: 0 } });
  return secret;
}

async function findKey(memberId: string | undefined): Promise<VirtualKey | undefined> {
  let cursor: string | undefined;
  do {
    const page = await call('listKeys', { query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) } });
    const found = page.data.find(
      (key) => key.name === KEY_NAME && key.member_id === memberId && key.state !== 'revoked' && key.enabled,
    );
    if (found !== undefined) return found;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return undefined;
}

async function request(
  path: string,
  { secret, body, signal }: { readonly secret: string; readonly body?: object; readonly signal?: AbortSignal },
): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const answer = await fetch(`${BASE}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'x-title': 'Playground',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      credentials: 'omit',
    }).catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new CallError(0, {});
    });
    if (answer.ok) return answer;
    if (answer.status === 401 && tried < TRIES) {
      await new Promise((resolve) => setTimeout(resolve, SOON_MS));
      continue;
    }
    const said: unknown = await answer.json().catch(() => undefined);
    const error = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined;
    throw new CallError(answer.status, typeof error === 'object' && error !== null ? { ...error } : {});
  }
}
