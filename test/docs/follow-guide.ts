import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { parseJson } from '../../src/kernel/json.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject } from '../support/hub-calls.ts';
import { postgresDatabase } from '../support/postgres.ts';
import { startPublicNet } from '../support/public-net.ts';
import { expectAnswer } from './answers.ts';
import { type Guide, readSteps, type Step } from './page.ts';
import { openReader, type Reader } from './reader.ts';

/** Where the providers lie that the pages connect: addresses that are public, so that the hub's rules for them hold. */
const PROVIDERS = [
  {
    id: 'openai',
    ip: '1.1.1.1',
    models: ['gpt-4.1-mini', 'text-embedding-3-small', 'gpt-image-1', 'gpt-4o-mini-tts', 'whisper-1', 'sora-2'],
  },
  { id: 'anthropic', ip: '1.0.0.1', models: ['claude-sonnet-4-5'] },
] as const;
const CATALOGUE = join(import.meta.dirname, '../../src/providers/catalogue');
const STEP_WITHIN_MS = 40_000;

export type GuideOptions = {
  /** What the page writes for the address of a database that the reader made. */
  readonly database?: string;
};

/** Follows a page of the documentation from its first command to its last, as somebody who has nothing but a checkout. */
export function followGuide(guide: Guide, { database }: GuideOptions = {}): void {
  let world: World;
  let stuckAt: number | undefined;
  beforeAll(async () => {
    world = await openWorld(database);
  });
  afterAll(async () => {
    await world?.close();
  });
  const steps = readSteps(guide).filter(({ mark }) => mark !== 'by-hand');
  it.each(steps.map((step) => ({ line: step.line, shown: titleOf(step), step })))(
    'line $line: $shown',
    { timeout: STEP_WITHIN_MS },
    async ({ step }) => {
      if (stuckAt !== undefined) throw new Error(`nobody comes here: line ${stuckAt} went wrong`);
      stuckAt = step.line;
      const printed = await world.reader.follow(step);
      const { answer } = step;
      if (answer !== undefined) expectAnswer({ ...answer, text: world.reader.translate(answer.text) }, printed);
      stuckAt = undefined;
    },
  );
}

type World = { readonly reader: Reader; readonly close: () => Promise<void> };

/** Providers, a database where the page wants one, and a reader who has neither network nor keys beside them. */
async function openWorld(shownDatabase: string | undefined): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-guide-'));
  const upstreams = await Promise.all(PROVIDERS.map(({ models }) => startFakeUpstream({ models })));
  const net = await startPublicNet(
    new Map(PROVIDERS.map(({ ip }, index) => [ip, upstreams[index]?.port ?? 0])),
    folder,
  );
  const database = shownDatabase === undefined ? undefined : await postgresDatabase();
  const own = new Map([['sk-…', 'sk-fake-credential']]);
  if (shownDatabase !== undefined && database !== undefined) own.set(shownDatabase, database.url);
  const reader = await openReader({
    environment: { ...net.environment, HUB_CATALOGUE_FILE: await writeCatalogue(folder) },
    own,
  });
  const close = async (): Promise<void> => {
    await reader.leave();
    await database?.drop();
    await net.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    await rm(folder, { recursive: true, force: true });
  };
  return { reader, close };
}

/** The catalogue's own entries with the addresses of the stand-ins, since a test may not ask for names. */
async function writeCatalogue(folder: string): Promise<string> {
  const entries = PROVIDERS.map(async ({ id, ip }) => {
    const entry = asObject(parseJson(await readFile(join(CATALOGUE, `${id}.json`), 'utf8')));
    return { ...entry, baseUrl: `https://${ip}/v1` };
  });
  const file = join(folder, 'catalogue.json');
  await writeFile(file, JSON.stringify(await Promise.all(entries)));
  return file;
}

function titleOf({ code }: Step): string {
  const [first = '', ...rest] = code.trimEnd().split('\n');
  return rest.length === 0 ? first : `${first} …`;
}
