import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import type { RequestOutcome } from '../../protocol/records.ts';
import { buildDirectory } from '../../routing/directory.ts';
import type { FetchMedia } from '../inline-media.ts';
import { BodyBudget } from '../read-body.ts';
import { deploymentAt } from '../testing/deployment.ts';
import { exchangeOf } from '../testing/exchange.ts';
import { serveDeps } from '../testing/serve-deps.ts';
import { relayImages } from './images.ts';

const PICTURE_BYTES = 1000;
const DEPLOYMENT = {
  ...deploymentAt('https://provider.test', 'gemini-2.5-flash-image'),
  endpoints: new Map([
    ['image-edits', [{ dialect: 'gemini-media', path: '/v1beta/models', quirks: NO_QUIRKS }]],
  ] as const),
};

/** Asks to change pictures that are told by their addresses, at a hub with room for so many bytes. */
async function changing(pictures: number, budget: BodyBudget) {
  const exchange = exchangeOf('openai-chat');
  exchange.operation = 'image-edits';
  const images = Array.from({ length: pictures }, (_, index) => ({ image_url: `https://pictures.test/${index}` }));
  exchange.request.push(JSON.stringify({ model: DEPLOYMENT.id, prompt: 'Make it night', images }));
  exchange.request.push(null);
  const records: RequestOutcome[] = [];
  let given = 0;
  const fetchGiven: FetchMedia = async (_url, room) => {
    const refusal = room?.take(PICTURE_BYTES);
    if (refusal !== undefined) throw refusal;
    given += 1;
    return { mediaType: 'image/png', data: 'iVBORw0KGgo=' };
  };
  const directory = buildDirectory(
    { deployments: [DEPLOYMENT], aliases: [], routes: [] },
    { canonicalName: (name) => name, providerId: () => undefined },
  );
  const deps = serveDeps(records);
  await relayImages(exchange, {
    ...deps,
    budget,
    authenticate: () => ({
      ...deps.authenticate({ request: exchange.request, clientAddress: undefined }),
      access: { directory, denialOf: undefined },
    }),
    fetchGiven,
    fetchMade: () => fetchGiven,
    media: { keep: async () => '/media/x' },
    publicAddress: () => 'https://hub.test',
  });
  return { given, code: records[0]?.usage.errorCode };
}

describe('pictures that are told by their addresses', () => {
  test('take room as the request does, and there may be none', async () => {
    const budget = new BodyBudget(3 * PICTURE_BYTES + 900);
    expect(await changing(8, budget)).toEqual({ given: 3, code: 'hub.overloaded' });
    // All of it was given back.
    expect(budget.take(3 * PICTURE_BYTES + 900)).toBeUndefined();
  });

  test('are fetched where there is room', async () => {
    expect(await changing(8, new BodyBudget(9 * PICTURE_BYTES))).toMatchObject({ given: 8 });
  });
});
