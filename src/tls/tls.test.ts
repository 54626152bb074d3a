import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CertificateError, loadCertificate, type ServerCertificate } from './certificate.ts';
import { selfSigned } from './self-signed.ts';
import { watchCertificate } from './watch-certificate.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOSTS = ['localhost', '127.0.0.1', '::1'];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aigne-hub-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

let made = 0;

/** A new pair in its own two files. */
async function makePair(nowMs = Date.now()): Promise<{ certFile: string; keyFile: string }> {
  made += 1;
  const own = join(dir, `pair-${made}`);
  const { cert } = await selfSigned({ hosts: HOSTS, dir: own, nowMs });
  const [certFile, keyFile] = [join(own, 'cert.pem'), join(own, 'key.pem')];
  writeFileSync(certFile, cert.slice(0, cert.indexOf('-----BEGIN PRIVATE KEY')));
  writeFileSync(keyFile, cert.slice(cert.indexOf('-----BEGIN PRIVATE KEY')), { mode: 0o600 });
  return { certFile, keyFile };
}

/** The certificate that a server shows to a caller who trusts `ca`. */
function askFor(server: Server, ca: string, host = 'localhost'): Promise<string> {
  // Node gives an object for every server that listens on TCP.
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', servername: host, port, ca, agent: false }, (response) => {
      // An https response comes over a TLS socket.
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve(fingerprint256));
    });
    call.on('error', reject).end();
  });
}

async function serve(pair: ServerCertificate): Promise<Server> {
  const server = createServer({ cert: pair.cert, key: pair.key }, (_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('certificate files', () => {
  it('are served when they belong together and are valid', async () => {
    const files = await makePair();
    const pair = await loadCertificate(files, Date.now());
    expect(pair.notAfter).toBeGreaterThan(Date.now());
    const server = await serve(pair);
    expect(await askFor(server, pair.cert)).toBe(pair.fingerprint);
    server.close();
  });

  it.each<[string, (a: { certFile: string; keyFile: string }, dayMs: number) => Promise<unknown>, RegExp]>([
    [
      'a missing file',
      ({ certFile }) => loadCertificate({ certFile, keyFile: '/no/key.pem' }, Date.now()),
      /private key \/no\/key.pem cannot be read/,
    ],
    [
      'the wrong key',
      async ({ certFile }) => loadCertificate({ certFile, keyFile: (await makePair()).keyFile }, Date.now()),
      /does not belong/,
    ],
    [
      'the files swapped',
      ({ certFile, keyFile }) => loadCertificate({ certFile: keyFile, keyFile: certFile }, Date.now()),
      /no certificate in PEM/,
    ],
    ['no key at all', ({ certFile }) => loadCertificate({ certFile, keyFile: certFile }, Date.now()), /no private key/],
    ['an expired certificate', (files, day) => loadCertificate(files, Date.now() + 400 * day), /expired at .*renew/],
    [
      'one that is not valid yet',
      (files, day) => loadCertificate(files, Date.now() - 3 * day),
      /valid only from .*clock/,
    ],
  ])('are refused with a clear word: %s', async (_what, load, message) => {
    const loading = load(await makePair(), DAY_MS);
    await expect(loading).rejects.toThrow(CertificateError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe('a renewed certificate', () => {
  async function start() {
    const files = await makePair();
    const first = await loadCertificate(files, Date.now());
    const server = await serve(first);
    const reloads: string[] = [];
    const errors: unknown[] = [];
    const watch = watchCertificate({
      files,
      current: first,
      server,
      repeat: () => () => undefined,
      now: () => Date.now(),
      onReload: ({ fingerprint }) => reloads.push(fingerprint),
      onError: (error) => errors.push(error),
    });
    return { files, first, server, reloads, errors, watch };
  }

  it('is served to new connections without a restart', async () => {
    const { files, first, server, reloads, errors, watch } = await start();
    await watch.check();
    expect(await askFor(server, first.cert)).toBe(first.fingerprint);
    const next = await makePair();
    renameSync(next.keyFile, files.keyFile);
    renameSync(next.certFile, files.certFile);
    await watch.check();
    await watch.check();
    const second = await loadCertificate(files, Date.now());
    expect(await askFor(server, second.cert)).toBe(second.fingerprint);
    await expect(askFor(server, first.cert)).rejects.toThrow();
    expect(reloads).toEqual([second.fingerprint]);
    expect(errors).toEqual([]);
    server.close();
  });

  it('is taken up when its other half arrives; until then the old one is served and the trouble told once', async () => {
    const { files, first, server, reloads, errors, watch } = await start();
    const next = await makePair();
    renameSync(next.certFile, files.certFile);
    await watch.check();
    await watch.check();
    expect(errors).toHaveLength(1);
    expect(await askFor(server, first.cert)).toBe(first.fingerprint);
    renameSync(next.keyFile, files.keyFile);
    await watch.check();
    expect(reloads).toHaveLength(1);
    server.close();
  });

  it('is noticed when it comes by a link that is pointed elsewhere', async () => {
    const [one, two] = [await makePair(), await makePair()];
    const files = { certFile: join(dir, 'cert'), keyFile: join(dir, 'key') };
    const point = (pair: typeof one) => {
      symlinkSync(pair.certFile, `${files.certFile}.new`);
      renameSync(`${files.certFile}.new`, files.certFile);
      symlinkSync(pair.keyFile, `${files.keyFile}.new`);
      renameSync(`${files.keyFile}.new`, files.keyFile);
    };
    point(one);
    const contexts: string[] = [];
    const watch = watchCertificate({
      files,
      current: await loadCertificate(files, Date.now()),
      server: { setSecureContext: ({ cert }) => contexts.push(new X509Certificate(cert).fingerprint256) },
      repeat: () => () => undefined,
      now: () => Date.now(),
      onReload: () => undefined,
      onError: (error) => {
        throw error;
      },
    });
    await watch.check();
    point(two);
    await watch.check();
    expect(contexts).toEqual([(await loadCertificate(two, Date.now())).fingerprint]);
  });

  it('is not looked for any more once the watch is closed', async () => {
    let running = true;
    const files = await makePair();
    const watch = watchCertificate({
      files,
      current: await loadCertificate(files, Date.now()),
      server: { setSecureContext: () => undefined },
      repeat: () => () => {
        running = false;
      },
      now: () => Date.now(),
      onReload: () => undefined,
      onError: () => undefined,
    });
    watch.close();
    expect(running).toBe(false);
  });
});

describe('a self-signed certificate', () => {
  it('is trusted by a caller who was given it, for every host it names', async () => {
    const pair = await selfSigned({ hosts: HOSTS, dir, nowMs: Date.now() });
    const server = await serve(pair);
    expect(await askFor(server, pair.cert)).toBe(pair.fingerprint);
    await expect(askFor(server, pair.cert, 'other.example.test')).rejects.toThrow(/altnames/);
    server.close();
    const certificate = new X509Certificate(pair.cert);
    expect(HOSTS.slice(1).map((ip) => certificate.checkIP(ip))).toEqual(HOSTS.slice(1));
    expect(certificate.ca).toBe(false);
  });

  it('is kept, mode 0600, until it is about to end or another host is asked for', async () => {
    const nowMs = Date.now();
    const first = await selfSigned({ hosts: HOSTS, dir, nowMs });
    expect(readdirSync(dir)).toEqual(['self-signed.pem']);
    if (process.platform !== 'win32') expect(statSync(join(dir, 'self-signed.pem')).mode & 0o777).toBe(0o600);
    const again = await selfSigned({ hosts: ['127.0.0.1'], dir, nowMs: nowMs + 300 * DAY_MS });
    expect(again.fingerprint).toBe(first.fingerprint);
    const more = await selfSigned({ hosts: [...HOSTS, 'hub.example.test'], dir, nowMs });
    expect(more.fingerprint).not.toBe(first.fingerprint);
    const renewed = await selfSigned({ hosts: HOSTS, dir, nowMs: nowMs + 390 * DAY_MS });
    expect(renewed.fingerprint).not.toBe(more.fingerprint);
    expect(renewed.notAfter).toBeGreaterThan(nowMs + 700 * DAY_MS);
  });

  it('is one and the same for two hubs that start at once', async () => {
    const input = { hosts: HOSTS, dir, nowMs: Date.now() };
    const [one, two] = await Promise.all([selfSigned(input), selfSigned(input)]);
    expect(one.fingerprint).toBe(two.fingerprint);
  });

  it('that is damaged is told', async () => {
    writeFileSync(join(dir, 'self-signed.pem'), 'rubbish', { mode: 0o600 });
    await expect(selfSigned({ hosts: HOSTS, dir, nowMs: Date.now() })).rejects.toThrow('delete it');
  });
});
