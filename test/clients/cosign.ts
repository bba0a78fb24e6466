import { join } from 'node:path';
import type { Client } from '../support/clients.ts';
import { type RunOptions, succeeded, type Turn } from '../support/transcript.ts';
import type { Stand } from './stand.ts';

/** How a version keeps signatures: beside the image under tags, or as referrers (OCI 1.1). */
export type SignatureFormat = 'tags' | 'referrers';

const offline = {
  sign: ['--tlog-upload=false', '--use-signing-config=false', '--allow-http-registry', '-y'],
  verify: ['--insecure-ignore-tlog', '--allow-http-registry'],
};

/** cosign with a key pair of its own, and nothing of the internet: no log, no authority. */
export class Cosign {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(stand: Stand, apikey = stand.apikey): Promise<Cosign> {
    const cosign = new Cosign(stand.client('cosign'));
    const login = ['login', stand.host, '-u', 'iamapikey', '--password-stdin'];
    succeeded(await cosign.run(login, { stdin: apikey }));
    succeeded(await cosign.run(['generate-key-pair']));
    return cosign;
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Turn> {
    const folder = join(this.client.room.home, '.sigstore');
    return this.client.run(args, { ...options, env: { COSIGN_PASSWORD: '', TUF_ROOT: folder } });
  }

  sign(image: string, format: SignatureFormat): Promise<Turn> {
    const bundle = `--new-bundle-format=${format === 'referrers'}`;
    return this.run(['sign', '--key', 'cosign.key', ...offline.sign, bundle, image]);
  }

  verify(image: string, format: SignatureFormat, key = 'cosign.pub'): Promise<Turn> {
    const bundle = `--new-bundle-format=${format === 'referrers'}`;
    return this.run(['verify', '--key', key, ...offline.verify, bundle, image]);
  }

  attest(image: string, format: SignatureFormat, predicate: string): Promise<Turn> {
    const bundle = `--new-bundle-format=${format === 'referrers'}`;
    const what = ['--predicate', predicate, '--type', 'custom'];
    return this.run(['attest', '--key', 'cosign.key', ...what, ...offline.sign, bundle, image]);
  }

  verifyAttestation(image: string, format: SignatureFormat): Promise<Turn> {
    const bundle = `--new-bundle-format=${format === 'referrers'}`;
    const args = ['--key', 'cosign.pub', '--type', 'custom', ...offline.verify, bundle, image];
    return this.run(['verify-attestation', ...args]);
  }
}
