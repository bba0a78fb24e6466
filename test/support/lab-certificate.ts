import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files: an authority of a lab, and what a server in it shows. */
export interface LabCertificate {
  readonly authorityFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const openssl = (args: readonly string[], directory: string): void => {
  execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Makes an authority and a certificate of it for `hosts` in `directory`. Needs the openssl command. */
export const makeLabCertificate = (directory: string, hosts: readonly string[]): LabCertificate => {
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  // Node and Go both want the authority to say what its key is for
  authority.push('-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  const out = ['-keyout', 'ca-key.pem', '-out', 'ca.pem'];
  openssl(
    ['req', '-x509', ...P256, '-days', '2', '-subj', '/CN=tidegate lab authority', ...authority, ...out],
    directory,
  );
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const extensions = [
    `subjectAltName=${names}`,
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    '',
  ];
  writeFileSync(join(directory, 'server.ext'), extensions.join('\n'));
  openssl(
    ['req', ...P256, '-subj', '/CN=tidegate lab', '-keyout', 'server-key.pem', '-out', 'server.csr'],
    directory,
  );
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2'];
  openssl(
    ['x509', '-req', '-in', 'server.csr', ...issuer, '-extfile', 'server.ext', '-out', 'server.pem'],
    directory,
  );
  return {
    authorityFile: join(directory, 'ca.pem'),
    certFile: join(directory, 'server.pem'),
    keyFile: join(directory, 'server-key.pem'),
  };
};
