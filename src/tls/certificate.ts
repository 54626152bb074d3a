import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Where a server's certificate lies: both PEM; the certificate file may hold its chain after it. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

/** A checked pair, in the form that `https.createServer` and `setSecureContext` take. */
export type ServerCertificate = {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
};

/** A certificate that cannot be served. The message says why and what to do. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** Reads and checks the files. `nowMs` is milliseconds since the epoch. @throws CertificateError */
export async function loadCertificate(files: CertificateFiles, nowMs: number): Promise<ServerCertificate> {
  const [cert, key] = await Promise.all([
    readPem('certificate', files.certFile),
    readPem('private key', files.keyFile),
  ]);
  return checkCertificate({ cert, key, files, nowMs });
}

/** @throws CertificateError when the texts are no pair, or the time is not one at which the certificate is valid. */
export function checkCertificate(input: {
  readonly cert: string;
  readonly key: string;
  readonly files: CertificateFiles;
  readonly nowMs: number;
}): ServerCertificate {
  const { cert, key, files, nowMs } = input;
  const parsed = parseCertificate(cert, files.certFile);
  if (!parsed.checkPrivateKey(parseKey(key, files.keyFile))) {
    throw new CertificateError(
      `the private key in ${files.keyFile} does not belong to the certificate in ${files.certFile}; the server's own certificate must be the first in its file`,
    );
  }
  const notBefore = Date.parse(parsed.validFrom);
  const notAfter = Date.parse(parsed.validTo);
  if (nowMs >= notAfter) {
    throw new CertificateError(`the certificate in ${files.certFile} expired at ${parsed.validTo}: renew it`);
  }
  if (nowMs < notBefore) {
    throw new CertificateError(
      `the certificate in ${files.certFile} is valid only from ${parsed.validFrom}: check this machine's clock`,
    );
  }
  return { cert, key, fingerprint: parsed.fingerprint256, notAfter };
}

async function readPem(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CertificateError(`the TLS ${what} ${path} cannot be read`, { cause });
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError(`${path} holds no certificate in PEM form`, { cause });
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError(`${path} holds no private key in PEM form without a passphrase`, { cause });
  }
}
