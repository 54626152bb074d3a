import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createPrivateFile, ensurePrivateDir, readPrivateFile, replacePrivateFile } from '../kernel/private-file.ts';
import { CertificateError, checkCertificate, type ServerCertificate } from './certificate.ts';

/** The certificate and its key together, so that no reader ever finds one without the other. */
const SELF_SIGNED_FILE = 'self-signed.pem';
const FILE_BYTES_MAX = 65_536;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Thirteen months: no browser refuses it for lasting too long. */
const VALID_MS = 397 * DAY_MS;
const RENEW_BEFORE_END_MS = 14 * DAY_MS;
/** A caller whose clock is behind still finds it valid. */
const CLOCK_SLACK_MS = DAY_MS;

/**
 * A certificate for trials that nobody else vouches for: the one in `dir` when it names every host and is not about to
 * end, else a new one that is kept there. `hosts` are names and IP addresses.
 */
export async function selfSigned(input: {
  readonly hosts: readonly string[];
  readonly dir: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}): Promise<ServerCertificate> {
  const path = join(input.dir, SELF_SIGNED_FILE);
  ensurePrivateDir(input.dir);
  const found = readPrivateFile(path, FILE_BYTES_MAX)?.toString('utf8');
  if (found !== undefined && isFit(found, input)) return pairOf(found, path, input.nowMs);
  const made = await generate(input.hosts, input.nowMs);
  if (found !== undefined) {
    replacePrivateFile(path, made);
    return pairOf(made, path, input.nowMs);
  }
  // Another process may have been quicker: all serve the one that lies in the file.
  if (createPrivateFile(path, made)) return pairOf(made, path, input.nowMs);
  return pairOf(readPrivateFile(path, FILE_BYTES_MAX)?.toString('utf8') ?? made, path, input.nowMs);
}

function isFit(pem: string, input: { readonly hosts: readonly string[]; readonly nowMs: number }): boolean {
  try {
    const certificate = new X509Certificate(pem);
    if (Date.parse(certificate.validTo) - input.nowMs < RENEW_BEFORE_END_MS) return false;
    if (Date.parse(certificate.validFrom) > input.nowMs) return false;
    return input.hosts.every((host) =>
      isIP(host) === 0 ? certificate.checkHost(host) !== undefined : certificate.checkIP(host) !== undefined,
    );
  } catch (cause) {
    throw new CertificateError(`${SELF_SIGNED_FILE} is damaged: delete it, and a new one is made`, { cause });
  }
}

function pairOf(pem: string, path: string, nowMs: number): ServerCertificate {
  return checkCertificate({ cert: pem, key: pem, files: { certFile: path, keyFile: path }, nowMs });
}

async function generate(hosts: readonly string[], nowMs: number): Promise<string> {
  // Loaded only here: a hub without `--tls-self-signed` does not need it.
  const selfsigned = await import('selfsigned');
  const pems = await selfsigned.generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - CLOCK_SLACK_MS),
    notAfterDate: new Date(nowMs - CLOCK_SLACK_MS + VALID_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  return `${pems.cert.trim()}\n${pems.private.trim()}\n`;
}
