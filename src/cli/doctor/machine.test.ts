import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectDataDir, inspectPort, inspectTlsFile } from './machine.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describe('the data directory', () => {
  it('shows its free space and the modes of its secrets', async () => {
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'pepper'), 'x');
    await chmod(join(folder, 'secrets', 'pepper'), 0o640);
    const facts = await inspectDataDir(folder, 'linux');
    expect(facts).toMatchObject({
      state: 'writable',
      secretFiles: [{ path: join(folder, 'secrets', 'pepper'), mode: 0o640 }],
    });
    expect(facts.freeBytes).toBeGreaterThan(0);
  });

  it('may not be there yet', async () => {
    expect(await inspectDataDir(join(folder, 'none'), 'linux')).toMatchObject({ state: 'missing' });
  });
});

describe('the port', () => {
  it('is taken while something listens on it, and free afterwards', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a TCP port has an address with one.
    const { port } = server.address() as AddressInfo;
    expect(await inspectPort('127.0.0.1', port)).toBe('taken');
    await new Promise((resolve) => server.close(resolve));
    expect(await inspectPort('127.0.0.1', port)).toBe('free');
  });

  it('cannot be on an address that this machine does not have', async () => {
    expect(await inspectPort('192.0.2.1', 0)).toBe('no_such_address');
  });
});

describe('TLS files', () => {
  it('are read as the hub reads them', async () => {
    const pair = await generate([{ name: 'commonName', value: 'hub.test' }]);
    const [cert, key, text] = [join(folder, 'cert.pem'), join(folder, 'key.pem'), join(folder, 'text.pem')];
    await writeFile(cert, pair.cert);
    await writeFile(key, pair.private);
    await writeFile(text, 'no certificate');
    expect(await inspectTlsFile(cert, 'certificate')).toEqual({
      path: cert,
      endsAtMs: expect.any(Number),
      problem: undefined,
    });
    expect(await inspectTlsFile(key, 'key')).toEqual({ path: key, endsAtMs: undefined, problem: undefined });
    expect((await inspectTlsFile(text, 'certificate')).problem).toContain('holds no certificate');
    expect((await inspectTlsFile(text, 'key')).problem).toContain('no private key');
    expect((await inspectTlsFile(join(folder, 'none'), 'key')).problem).toContain('ENOENT');
  });
});
