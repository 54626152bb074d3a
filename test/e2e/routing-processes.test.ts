import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { isJsonObject } from '../../src/kernel/json.ts';
import { setFleetScene } from '../support/fleet-scene.ts';
import { asObject, eventually, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';

/** What one process of a hub sees of deployments, the others know. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** How a hub says that the deployments stand, by the model’s connection. */
async function standingsAt(hub: Pick<HubProcess, 'control'>): Promise<string> {
  const { data } = asObject(await hub.control('GET', '/routes/health'));
  const rows = Array.isArray(data) ? data.filter(isJsonObject) : [];
  return rows.map((row) => `${textOf(row['deployment'])} ${textOf(row['standing'])}`).join(', ');
}

describe('a deployment that fails', { timeout: 60_000 }, () => {
  it('in one worker is passed over by all', async () => {
    const scene = await setFleetScene(['a', 'b'], { flags: ['--workers', '3'] });
    closing.push(scene.close);
    scene.treat('a', '500');
    // Each worker would see five failures of its own only after many more calls.
    await eventually('open breaker', async () => {
      await scene.ask();
      return scene.hub.log().includes('a deployment fails and is passed over');
    });
    const seen = new Set<string>();
    // Whichever worker answers.
    for (let look = 0; look < 12; look += 1) seen.add((await standingsAt(scene.hub)).split(', ')[0] ?? '');
    for (const standing of seen) expect(standing).toMatch(/^a\/fake-small (open|trying)$/);
  });

  it.skipIf(!postgresAvailable().available)('at one hub is passed over by another on the same PostgreSQL', async () => {
    const database = await postgresDatabase();
    closing.push(() => database.drop());
    const environment = {
      HUB_DATABASE_URL: database.url,
      HUB_MASTER_KEY: randomBytes(32).toString('base64'),
      HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
    };
    const scene = await setFleetScene(['a', 'b'], { environment });
    closing.push(scene.close);
    const allow = Object.values(scene.fleet).map(({ port }) => `127.0.0.1:${port}`);
    const other = await startHub({ environment, allow });
    closing.push(() => other.stop());
    expect(await standingsAt(other)).toBe('');
    scene.treat('a', '500');
    // The listener of the other may still be connecting.
    await eventually('news of the deployment', async () => {
      await scene.ask();
      return /^a\/fake-small (open|trying)/.test(await standingsAt(other));
    });
    scene.treat('a', undefined);
    await eventually('news that it works again', async () => {
      await scene.ask();
      return (await standingsAt(other)).startsWith('a/fake-small ready');
    });
  });
});
