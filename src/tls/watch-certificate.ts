import { stat } from 'node:fs/promises';
import type { Repeat } from '../kernel/repeat.ts';
import { type CertificateFiles, loadCertificate, type ServerCertificate } from './certificate.ts';

/** Watching by the operating system misses network folders and swapped links, so the files are looked at instead. */
const CHECK_EVERY_MS = 5_000;

/** The part of an https server that takes a new certificate; connections that are open keep the old one. */
export type CertificateHolder = {
  readonly setSecureContext: (pair: { readonly cert: string; readonly key: string }) => void;
};

export type CertificateWatch = {
  /** Looks at the files now. Never throws: what is wrong goes to `onError`, and the old certificate stays. */
  readonly check: () => Promise<void>;
  readonly close: () => void;
};

/**
 * Serves a new certificate when its files change. A pair that does not fit, as when only one file has been replaced so
 * far, is reported once and tried again at the next change.
 */
export function watchCertificate(input: {
  readonly files: CertificateFiles;
  /** The one that is being served. */
  readonly current: ServerCertificate;
  readonly server: CertificateHolder;
  readonly repeat: Repeat;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onReload: (certificate: ServerCertificate) => void;
  readonly onError: (error: unknown) => void;
}): CertificateWatch {
  const { files } = input;
  let seen: string | undefined;
  let served = input.current.fingerprint;
  let checking = Promise.resolve();

  const checkOnce = async (): Promise<void> => {
    try {
      const stamp = await stampOf(files);
      if (stamp === seen) return;
      seen = stamp;
      const certificate = await loadCertificate(files, input.now());
      if (certificate.fingerprint === served) return;
      input.server.setSecureContext({ cert: certificate.cert, key: certificate.key });
      served = certificate.fingerprint;
      input.onReload(certificate);
    } catch (error) {
      input.onError(error);
    }
  };

  const check = (): Promise<void> => {
    checking = checking.then(checkOnce);
    return checking;
  };

  const close = input.repeat(() => void check(), CHECK_EVERY_MS);
  return { check, close };
}

/** Changes whenever either file is written, replaced, or its link is pointed elsewhere. */
async function stampOf(files: CertificateFiles): Promise<string> {
  const facts = await Promise.all([files.certFile, files.keyFile].map((path) => stat(path, { bigint: true })));
  return facts.map(({ dev, ino, size, mtimeNs }) => `${dev}:${ino}:${size}:${mtimeNs}`).join(' ');
}
