import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Builds the TLS context of all upstream connections: the runtime's certificate authorities and, besides, those of the
 * operator's bundle (PEM text). Node takes a malformed bundle without a word, so each certificate is read here first.
 * @throws Error when the bundle holds no certificate or one that cannot be read
 */
export function createTlsContext(extraCaPem: string): SecureContext {
  const certificates = extraCaPem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new Error('the CA bundle holds no PEM certificate');
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw new Error(`certificate ${index + 1} of the CA bundle cannot be read`, { cause });
    }
  }
  return createSecureContext({ ca: [...getCACertificates('default'), ...certificates] });
}
