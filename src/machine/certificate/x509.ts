import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
  wrapped,
  yes,
} from './der.ts';

const ID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

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

/** A certificate (RFC 5280) of an authority that vouches for itself, and for servers alone, not for other authorities. */
export const authorityCertificate = (authority: Signer, validity: Validity): string =>
  certificate(authority, authority, validity, [
    extension(ID.basicConstraints, sequence(yes(), integer(Buffer.from([0]))), 'critical'),
    // keyCertSign and cRLSign
    extension(ID.keyUsage, bitString(Buffer.from([0b0000_0110]), 1), 'critical'),
    extension(ID.subjectKeyIdentifier, octetString(keyIdOf(authority.key))),
  ]);

/** A certificate of a server that is reached under these host names and addresses. */
export const serverCertificate = (
  server: Signer,
  hosts: readonly string[],
  authority: Signer,
  validity: Validity,
): string =>
  certificate(server, authority, validity, [
    extension(ID.basicConstraints, sequence(), 'critical'),
    // digitalSignature
    extension(ID.keyUsage, bitString(Buffer.from([0b1000_0000]), 7), 'critical'),
    extension(ID.extKeyUsage, sequence(objectId(ID.serverAuth))),
    extension(ID.subjectAltName, sequence(...hosts.map(generalName))),
    extension(ID.subjectKeyIdentifier, octetString(keyIdOf(server.key))),
    extension(ID.authorityKeyIdentifier, sequence(tagged(0, keyIdOf(authority.key)))),
  ]);

const certificate = (
  subject: Signer,
  issuer: Signer,
  { begins, ends }: Validity,
  extensions: readonly Buffer[],
): string => {
  const algorithm = sequence(objectId(ID.ecdsaWithSha256));
  const toSign = sequence(
    // version 3
    wrapped(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    nameOf(issuer),
    sequence(time(begins), time(ends)),
    nameOf(subject),
    createPublicKey(subject.key).export({ type: 'spki', format: 'der' }),
    wrapped(3, sequence(...extensions)),
  );
  const whole = sequence(toSign, algorithm, bitString(sign('sha256', toSign, issuer.key)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

const nameOf = ({ name }: Signer): Buffer =>
  sequence(set(sequence(objectId(ID.commonName), utf8String(name))));

const extension = (id: string, value: Buffer, critical?: 'critical'): Buffer =>
  sequence(objectId(id), ...(critical ? [yes()] : []), octetString(value));

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public point. */
const keyIdOf = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return createHash('sha256').update(point).digest().subarray(0, 20);
};

const generalName = (host: string): Buffer =>
  isIP(host) === 0 ? tagged(2, Buffer.from(host, 'ascii')) : tagged(7, addressBytes(host));

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
