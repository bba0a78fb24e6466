import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '../../src/oci/digest.ts';
import { pushImage } from '../cli/push-image.ts';
import { basic } from '../support/registry.ts';
import type { RegistryProcess } from '../support/registry-process.ts';

const run = promisify(execFile);
export const root = join(import.meta.dirname, '../..');

/** Runs scripts/build.ts with the Node of this process. */
export const build = async (folder: string, ...args: string[]): Promise<void> => {
  await run(process.execPath, ['scripts/build.ts', '--output', folder, ...args], { cwd: root });
};

/** Variables of npm and of the test's runner, which a program on another machine would not have. */
export const BARE = {
  NODE_COMPILE_CACHE: undefined,
  NODE_OPTIONS: undefined,
  npm_lifecycle_script: undefined,
};

/** Logs in, pushes an image and pulls all of it, as docker does. */
export const pushAndPull = async (registry: RegistryProcess): Promise<void> => {
  await registry.namespaceAdd('birds');
  const { digest } = await pushImage(registry, 'birds/heron', ['1']);
  const query = new URLSearchParams({ service: 'registry', scope: 'repository:birds/heron:pull' });
  const headers = { authorization: basic('iamapikey', registry.apikey) };
  const issued = await fetch(`${registry.url}/oauth/token?${query}`, { headers });
  const { token } = (await issued.json()) as { token: string };
  const pull = async (path: string): Promise<Buffer> => {
    const answer = await fetch(`${registry.url}/v2/birds/heron/${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    assert.equal(answer.status, 200, path);
    return Buffer.from(await answer.arrayBuffer());
  };
  const manifest = await pull('manifests/1');
  assert.equal(digestOf(manifest), digest);
  const { config, layers } = JSON.parse(manifest.toString());
  for (const blob of [config, ...layers])
    assert.equal(digestOf(await pull(`blobs/${blob.digest}`)), blob.digest);
};

/** Every file that the console's page names, and every module that these import, is there. Answers how many there are. */
export const loadConsole = async (registry: RegistryProcess): Promise<number> => {
  const page = await (await fetch(`${registry.url}/console/`)).text();
  const wanted = new Set(
    [...page.matchAll(/(?:href|src)="(\/console\/files\/[^"]+)"/g)].map(([, path = '']) => path),
  );
  for (const path of wanted) {
    const answer = await fetch(registry.url + path);
    assert.equal(answer.status, 200, path);
    const text = await answer.text();
    if (!path.endsWith('.js')) continue;
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g))
      wanted.add(new URL(name, `http://host${path}`).pathname);
  }
  return wanted.size;
};
