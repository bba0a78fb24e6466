import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';

/** Paths of PEM files. The certificate is its own authority. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes a certificate for `hosts` (DNS names) and 127.0.0.1 in `directory`. Needs the openssl command. */
export const makeCertificate = (directory: string, hosts: readonly string[] = ['localhost']): Certificate => {
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  const names = [...hosts.map((host) => `DNS:${host}`), 'IP:127.0.0.1'].join(',');
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  args.push('-subj', '/CN=tidegate test', '-addext', `subjectAltName=${names}`);
  args.push(
    '-addext',
    'keyUsage=critical,digitalSignature,keyCertSign',
    '-keyout',
    keyFile,
    '-out',
    certFile,
  );
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return { certFile, keyFile };
};

/** Makes this process, fetch included, trust the certificate beside the usual authorities. */
export const trust = ({ certFile }: Certificate): void => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(certFile, 'utf8')]);
};
