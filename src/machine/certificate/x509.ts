import { createHash, createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

const COMMON_NAME = '2.5.4.3';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** From when to when a certificate counts, in epoch milliseconds. */
export interface Validity {
  readonly begins: number;
  readonly ends: number;
}

/** A name and its private key, which is one of P-256. */
export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

// loaded where certificates are made only
const libraries = async () => ({ pki: await import('pkijs'), asn1: await import('asn1js') });
type Libraries = Awaited<ReturnType<typeof libraries>>;
type Extension = InstanceType<Libraries['pki']['Extension']>;
type General = InstanceType<Libraries['pki']['GeneralName']>;

/** A certificate (RFC 5280) of an authority that vouches for itself, and for servers alone, not for other authorities. */
export const authorityCertificate = async (authority: Signer, validity: Validity): Promise<string> => {
  const use = await libraries();
  const { BasicConstraints, id_BasicConstraints, id_KeyUsage, id_SubjectKeyIdentifier } = use.pki;
  const constraints = new BasicConstraints({ cA: true, pathLenConstraint: 0 });
  return certificate(use, authority, authority, validity, [
    extension(use, id_BasicConstraints, constraints.toSchema(), 'critical'),
    // keyCertSign and cRLSign
    extension(use, id_KeyUsage, usage(use, 0b0000_0110, 1), 'critical'),
    extension(use, id_SubjectKeyIdentifier, octets(use, keyIdOf(authority.key))),
  ]);
};

/** A certificate of a server that is reached under these host names and addresses. */
export const serverCertificate = async (
  server: Signer,
  hosts: readonly string[],
  authority: Signer,
  validity: Validity,
): Promise<string> => {
  const use = await libraries();
  const { pki } = use;
  const names = new pki.GeneralNames({ names: hosts.map((host) => generalName(use, host)) });
  const purposes = new pki.ExtKeyUsage({ keyPurposes: [SERVER_AUTH] });
  const issuer = new pki.AuthorityKeyIdentifier({ keyIdentifier: octets(use, keyIdOf(authority.key)) });
  return certificate(use, server, authority, validity, [
    extension(use, pki.id_BasicConstraints, new pki.BasicConstraints().toSchema(), 'critical'),
    // digitalSignature
    extension(use, pki.id_KeyUsage, usage(use, 0b1000_0000, 7), 'critical'),
    extension(use, pki.id_ExtKeyUsage, purposes.toSchema()),
    extension(use, pki.id_SubjectAltName, names.toSchema()),
    extension(use, pki.id_SubjectKeyIdentifier, octets(use, keyIdOf(server.key))),
    extension(use, pki.id_AuthorityKeyIdentifier, issuer.toSchema()),
  ]);
};

const certificate = async (
  use: Libraries,
  subject: Signer,
  issuer: Signer,
  { begins, ends }: Validity,
  extensions: Extension[],
): Promise<string> => {
  const { pki, asn1 } = use;
  const made = new pki.Certificate({ version: 2 });
  const serial = randomBytes(16);
  // positive, and no byte shorter
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  made.serialNumber = new asn1.Integer({ valueHex: arrayOf(serial) });
  made.issuer.typesAndValues = [nameOf(use, issuer)];
  made.subject.typesAndValues = [nameOf(use, subject)];
  made.notBefore = timeOf(use, begins);
  made.notAfter = timeOf(use, ends);
  made.extensions = extensions;
  await made.subjectPublicKeyInfo.importKey(
    createPublicKey(subject.key).toCryptoKey(ECDSA, true, ['verify']),
  );
  await made.sign(issuer.key.toCryptoKey(ECDSA, false, ['sign']), 'SHA-256');
  return new X509Certificate(Buffer.from(made.toSchema(true).toBER(false))).toString();
};

const nameOf = ({ pki, asn1 }: Libraries, { name }: Signer) =>
  new pki.AttributeTypeAndValue({ type: COMMON_NAME, value: new asn1.Utf8String({ value: name }) });

/** RFC 5280, 4.1.2.5: the short form until 2049, the long one from 2050 on. */
const timeOf = ({ pki }: Libraries, at: number) => {
  const value = new Date(Math.floor(at / 1000) * 1000);
  const type = value.getUTCFullYear() < 2050 ? pki.TimeType.UTCTime : pki.TimeType.GeneralizedTime;
  return new pki.Time({ type, value });
};

interface Encodable {
  toBER(sizeOnly?: boolean): ArrayBuffer;
}

const extension = ({ pki }: Libraries, extnID: string, value: Encodable, critical?: 'critical'): Extension =>
  new pki.Extension({ extnID, critical: critical !== undefined, extnValue: value.toBER(false) });

const octets = ({ asn1 }: Libraries, bytes: Uint8Array) => new asn1.OctetString({ valueHex: arrayOf(bytes) });

const usage = ({ asn1 }: Libraries, bits: number, unusedBits: number) =>
  new asn1.BitString({ valueHex: arrayOf(Uint8Array.of(bits)), unusedBits });

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public point. */
const keyIdOf = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return createHash('sha256').update(point).digest().subarray(0, 20);
};

const DNS_NAME = 2;
const IP_ADDRESS = 7;

const generalName = (use: Libraries, host: string): General =>
  isIP(host) === 0
    ? new use.pki.GeneralName({ type: DNS_NAME, value: host })
    : new use.pki.GeneralName({ type: IP_ADDRESS, value: octets(use, addressBytes(host)) });

const addressBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // the URL parser writes hexadecimal groups only, also where an IPv4 address stood at the end
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text = ''): string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  const all = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'));
  return Buffer.from(all.join(''), 'hex');
};

/** The bytes in memory of their own, as the libraries take them. */
const arrayOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
