import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, succeeded } from '../support/transcript.ts';

const root = join(import.meta.dirname, '../..');

/** The architecture of this machine, as images name it. */
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : 'arm64';

/** Of no commit: a developer may commit between two builds, and the time and the commit are in the image. */
const REVISION = '0'.repeat(40);

/** Types `npm run image` and answers the digest that it prints last. */
export const buildImage = async (folder: string, platform = `linux/${ARCHITECTURE}`): Promise<string> => {
  const options = ['--output', folder, '--platform', platform, '--revision', REVISION];
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1767225600' };
  const argv = ['npm', 'run', '--silent', 'image', '--', ...options];
  const { stdout } = succeeded(await run(argv, { cwd: root, env, timeout: 300_000 }));
  return stdout.trimEnd().split('\n').at(-1) ?? '';
};

/** Every file of a layout with the digest of its bytes. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [
        path.slice(folder.length),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );

export interface Described {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly platform?: { readonly architecture: string };
}

/** A JSON document of the layout. */
export const documentOf = <T>(folder: string, { digest }: { digest: string }): T =>
  JSON.parse(readFileSync(join(folder, 'blobs', digest.replace(':', '/')), 'utf8')) as T;

/** What the layout lists: the index, and what is attached. */
export const rootsOf = (folder: string): Described[] =>
  (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: Described[] }).manifests;
