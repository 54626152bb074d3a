import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMediaStore, type MediaStore } from './media-store.ts';

const KEPT_MS = 60_000;
const PNG = { mediaType: 'image/png', data: Buffer.from('a picture') };

let folder: string;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-store-'));
  nowMs = 1_700_000_000_500;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function openStore({ bytesMax = 1000, key = 'key' }: { bytesMax?: number; key?: string } = {}): MediaStore {
  let names = 0;
  return createMediaStore({
    directory: join(folder, 'media'),
    bytesMax,
    keptMs: KEPT_MS,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    newName: () => {
      names += 1;
      return `file_${names}`;
    },
    sign: (text) => createHmac('sha256', key).update(text).digest('hex'),
  });
}

/** What is served at an address; `undefined` where nothing is. */
async function fetchFrom(store: MediaStore, address: string) {
  const url = new URL(address, 'http://hub.test');
  const opened = await store.open(url.pathname.slice('/media/'.length), url.searchParams);
  if (opened === undefined) return undefined;
  const { handle, bytes, mediaType } = opened;
  const data = await handle.readFile();
  await handle.close();
  return { bytes, mediaType, data };
}

describe('a kept file', () => {
  it('is served at its address as what it is', async () => {
    const store = openStore();
    expect(await fetchFrom(store, await store.keep(PNG))).toEqual({
      bytes: PNG.data.length,
      mediaType: 'image/png',
      data: PNG.data,
    });
  });

  it('of a kind that a browser might run is served as plain bytes', async () => {
    const store = openStore();
    const address = await store.keep({ mediaType: 'text/html', data: Buffer.from('<script>') });
    expect((await fetchFrom(store, address))?.mediaType).toBe('application/octet-stream');
  });

  it('is for nobody else on the machine', async () => {
    const store = openStore();
    await store.keep(PNG);
    const [name = ''] = await readdir(join(folder, 'media'));
    expect((await stat(join(folder, 'media'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'media', name))).mode & 0o777).toBe(0o600);
  });

  it('is served until it runs out, and no longer', async () => {
    const store = openStore();
    const address = await store.keep(PNG);
    nowMs += KEPT_MS;
    expect(await fetchFrom(store, address)).toBeDefined();
    nowMs += 1000;
    expect(await fetchFrom(store, address)).toBeUndefined();
  });

  it('outlives a restart', async () => {
    const address = await openStore().keep(PNG);
    const later = openStore();
    expect(await fetchFrom(later, address)).toBeDefined();
    expect(await later.sweep()).toEqual({ files: 1, bytes: PNG.data.length });
    nowMs += KEPT_MS + 1000;
    expect(await later.sweep()).toEqual({ files: 0, bytes: 0 });
    expect(await readdir(join(folder, 'media'))).toEqual([]);
  });
});

describe('an address that the hub did not give', () => {
  it.each([
    ['another signature', (address: string) => address.replace(/signature=\w/, 'signature=g')],
    ['a signature of another length', (address: string) => address.slice(0, -1)],
    ['no signature', (address: string) => address.replace(/&signature=.*/, '')],
    ['a later end', (address: string) => address.replace(/expires=\d+/, 'expires=9999999999')],
    ['an end that is no number', (address: string) => address.replace(/expires=\d+/, 'expires=never')],
    ['another name', (address: string) => address.replace('file_1', 'file_2')],
    ['another ending', (address: string) => address.replace('.png', '.jpg')],
  ])('with %s leads nowhere', async (_, change) => {
    const store = openStore();
    const address = await store.keep(PNG);
    await store.keep(PNG);
    expect(change(address)).not.toBe(address);
    expect(await fetchFrom(store, change(address))).toBeUndefined();
  });

  it('signed with another key leads nowhere', async () => {
    const address = await openStore({ key: 'another' }).keep(PNG);
    expect(await fetchFrom(openStore(), address)).toBeUndefined();
  });

  it.each(['../secret.png', '..%2Fsecret.png', 'a/b.1.png', 'secret', '', '.', 'UPPER.1.png', 'x.1.png\u0000'])(
    'of the name %j leads nowhere, whatever lies there',
    async (name) => {
      await writeFile(join(folder, 'secret.png'), 'secret');
      const store = openStore();
      await store.keep(PNG);
      expect(await store.open(name, new URLSearchParams('expires=9999999999&signature='))).toBeUndefined();
    },
  );

  it('to a file that is gone leads nowhere', async () => {
    const store = openStore();
    const address = await store.keep(PNG);
    await rm(join(folder, 'media'), { recursive: true });
    expect(await fetchFrom(store, address)).toBeUndefined();
  });
});

describe('all files together', () => {
  it('have a limit, which an upload beyond it does not pass', async () => {
    const store = openStore({ bytesMax: 2 * PNG.data.length });
    await store.keep(PNG);
    await store.keep(PNG);
    await expect(store.keep(PNG)).rejects.toMatchObject({ code: 'hub.overloaded' });
    expect(await readdir(join(folder, 'media'))).toHaveLength(2);
  });

  it('make room once they have run out', async () => {
    const store = openStore({ bytesMax: PNG.data.length });
    await store.keep(PNG);
    nowMs += KEPT_MS + 1000;
    await store.keep(PNG);
    expect(await store.sweep()).toEqual({ files: 1, bytes: PNG.data.length });
  });

  it('are counted with those that were there at the start', async () => {
    await openStore().keep(PNG);
    await expect(openStore({ bytesMax: PNG.data.length }).keep(PNG)).rejects.toMatchObject({ code: 'hub.overloaded' });
  });

  it('lose what a crash left unfinished once it would have run out', async () => {
    const directory = join(folder, 'media');
    await mkdir(directory);
    const expiresSeconds = Math.ceil(nowMs / 1000) + 60;
    await writeFile(join(directory, `file_9.${expiresSeconds}.png.part`), 'half a pic');
    expect(await openStore().sweep()).toEqual({ files: 1, bytes: 10 });
    nowMs += 61_000;
    expect(await openStore().sweep()).toEqual({ files: 0, bytes: 0 });
    expect(await readdir(directory)).toEqual([]);
  });

  it('may be looked over while one is being written', async () => {
    const store = openStore({ bytesMax: 100_000_000 });
    const kept = store.keep({ ...PNG, data: Buffer.alloc(20_000_000) });
    // Writing so much takes longer than looking over a folder a few times.
    for (let look = 0; look < 20; look += 1) await store.sweep();
    expect((await fetchFrom(store, await kept))?.bytes).toBe(20_000_000);
  });
});
