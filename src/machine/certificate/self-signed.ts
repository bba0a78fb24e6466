import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { Job } from '../../job.ts';
import type { Log } from '../../observe/log.ts';
import { authorityCertificate, type Signer, serverCertificate } from './x509.ts';

const CA = 'ca.pem';
const CA_KEY = 'ca-key.pem';
/** Certificate and key in one file, so that they are replaced at once. */
const SERVER = 'tls.pem';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Clients may have clocks that are late. */
const BEFORE = HOUR;
const CA_LASTS = 3650 * DAY;
const CA_RENEWED = 365 * DAY;
const SERVER_LASTS = 90 * DAY;
const SERVER_RENEWED = 30 * DAY;

/** Where the files are kept: the data folder. */
export interface PrivateFolder {
  file(name: string): string;
  writePrivate(name: string, content: string): string;
}

/** What clients must trust. */
export interface Authority {
  /** The file of its certificate. */
  readonly path: string;
  /** SHA-256 over the certificate. */
  readonly fingerprint: string;
  /** It was made just now: clients do not know it yet. */
  readonly isNew: boolean;
}

export interface SelfSignedParts {
  readonly folder: PrivateFolder;
  /** The names and addresses under which clients reach the server. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * An authority of this installation's own, kept in the data folder, and a certificate of it for the server. A certificate is
 * made again before it ends, and when the server gets other names. The authority's certificate is made again with the same
 * key and name a year before it ends: clients that trust the old one trust what comes from either.
 */
export class SelfSigned {
  /** The file with the server's certificate and key. */
  readonly path: string;
  readonly authority: Authority;
  readonly job: Job;

  private constructor(parts: SelfSignedParts, authority: Authority) {
    this.path = parts.folder.file(SERVER);
    this.authority = authority;
    this.job = {
      name: 'renew-certificate',
      period: 6 * HOUR,
      of: 'process',
      run: async () => void (await renewed(parts)),
    };
  }

  /** Makes what is missing or ends soon. */
  static async open(parts: SelfSignedParts): Promise<SelfSigned> {
    const isNew = textOf(parts, CA) === undefined;
    const { fingerprint256: fingerprint } = await renewed(parts);
    return new SelfSigned(parts, { path: parts.folder.file(CA), fingerprint, isNew });
  }
}

/** Makes what is missing or ends soon; answers the authority's certificate in force. */
const renewed = async (parts: SelfSignedParts): Promise<X509Certificate> => {
  const now = parts.clock.now();
  const key = authorityKey(parts);
  const ca = await authorityOf(parts, key, now);
  const found = textOf(parts, SERVER);
  if (found === undefined || !isGood(found, { ca, hosts: parts.hosts, now }))
    await makeServer(parts, { ca, key, now });
  return ca;
};

const authorityKey = ({ folder }: SelfSignedParts): KeyObject => {
  const text = textOf({ folder }, CA_KEY);
  if (text === undefined) {
    const key = newKey();
    folder.writePrivate(CA_KEY, pemOf(key));
    return key;
  }
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(
      `${folder.file(CA_KEY)} is damaged: it does not hold a private key. Put a copy back, or remove it: clients must then trust a new CA`,
    );
  }
};

const authorityOf = async (parts: SelfSignedParts, key: KeyObject, now: number): Promise<X509Certificate> => {
  const found = certificateIn(textOf(parts, CA));
  const isOurs = found?.checkPrivateKey(key) === true;
  if (found && isOurs && found.validToDate.getTime() - now > CA_RENEWED) return found;
  // a name of its own: a client may trust the authorities of several registries
  const id = createPublicKey(key).export({ format: 'jwk' }).x?.slice(0, 8) ?? '';
  const signer = { name: isOurs && found ? nameIn(found) : `Tidegate CA ${id}`, key };
  const text = await authorityCertificate(signer, { begins: now - BEFORE, ends: now + CA_LASTS });
  parts.folder.writePrivate(CA, text);
  parts.log.info({ path: parts.folder.file(CA) }, 'a certificate of the CA was made');
  return new X509Certificate(text);
};

const makeServer = async (
  { hosts, folder, log }: SelfSignedParts,
  { ca, key, now }: { ca: X509Certificate; key: KeyObject; now: number },
): Promise<void> => {
  const server: Signer = { name: 'Tidegate', key: newKey() };
  const ends = Math.min(now + SERVER_LASTS, ca.validToDate.getTime());
  const authority = { name: nameIn(ca), key };
  const issued = await serverCertificate(server, hosts, authority, { begins: now - BEFORE, ends });
  folder.writePrivate(SERVER, issued + pemOf(server.key));
  log.info({ hosts, ends: new Date(ends).toISOString() }, 'a TLS certificate was made');
};

/** Whether the server's certificate comes from this authority, has exactly these names and lasts long enough. */
const isGood = (
  text: string,
  { ca, hosts, now }: { ca: X509Certificate; hosts: readonly string[]; now: number },
): boolean => {
  const found = certificateIn(text);
  if (!found?.verify(ca.publicKey) || !hasKeyOf(text, found)) return false;
  const names = found.subjectAltName?.split(', ') ?? [];
  const isNamed = (host: string) => (isIP(host) ? found.checkIP(host) : found.checkHost(host)) !== undefined;
  const lasts = found.validToDate.getTime() - now > SERVER_RENEWED && found.validFromDate.getTime() <= now;
  return lasts && names.length === hosts.length && hosts.every(isNamed);
};

const textOf = ({ folder }: Pick<SelfSignedParts, 'folder'>, name: string): string | undefined => {
  try {
    return readFileSync(folder.file(name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Undefined where there is none that can be read. */
const certificateIn = (text: string | undefined): X509Certificate | undefined => {
  try {
    return text === undefined ? undefined : new X509Certificate(text);
  } catch {
    return undefined;
  }
};

const hasKeyOf = (text: string, certificate: X509Certificate): boolean => {
  try {
    return certificate.checkPrivateKey(createPrivateKey(text));
  } catch {
    return false;
  }
};

const nameIn = ({ subject }: X509Certificate): string => subject.replace(/^CN=/, '');
