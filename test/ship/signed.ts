import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run, type Turn } from '../support/transcript.ts';
import { root } from './made.ts';

const spawned = promisify(execFile);

/** A key file as `openssl genpkey -algorithm ed25519` writes it. */
export const keyFile = (folder: string): string => {
  const file = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return file;
};

export const release = (...args: string[]): Promise<Turn> =>
  run([process.execPath, 'scripts/release.ts', ...args], { cwd: root, timeout: 600_000 });

/** Types the commands of VERIFY.md in the folder of a release; throws where one fails. */
export const verify = async (folder: string): Promise<string> => {
  const text = readFileSync(join(folder, 'VERIFY.md'), 'utf8');
  const [, commands = ''] = /```\n([\s\S]*?)```/.exec(text) ?? [];
  return (await spawned('/bin/sh', ['-ec', commands], { cwd: folder })).stdout;
};
