/**
 * `npm run release -- --key FILE --output DIR [--draft] [--only package|executable] [--arch x64,arm64]`: the part of a release that
 * needs no network. It builds twice and refuses when the two differ, and writes to DIR, which must be empty or absent:
 *
 *   tidegate-VERSION.tgz             the package
 *   tidegate-VERSION-linux-ARCH      the executables
 *   tidegate-VERSION-licenses.txt    licenses of the packages in them
 *   SHA256SUMS  SHA256SUMS.sig       their digests, and an Ed25519 signature of that list
 *   release-key.pem                  the public key
 *   VERIFY.md                        how to check all that with openssl and sha256sum
 *
 * FILE is a private key of its owner alone: `openssl genpkey -algorithm ed25519 -out FILE && chmod 600 FILE`. Without --draft the
 * changelog must have a section of the version, and the working tree no changes. To publish is another step, by a person.
 */
import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const { version } = packageJson;

class Refusal extends Error {}

const { values } = parseArgs({
  options: {
    key: { type: 'string' },
    output: { type: 'string' },
    draft: { type: 'boolean', default: false },
    only: { type: 'string' },
    arch: { type: 'string' },
  },
});

const readKey = async (file: string | undefined): Promise<KeyObject> => {
  if (file === undefined) throw new Refusal('give the key that signs: --key FILE');
  if (((await stat(file)).mode & 0o077) !== 0)
    throw new Refusal(`${file} can be read by others; run chmod 600 ${file}`);
  const key = createPrivateKey(await readFile(file));
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Refusal(`${file} is a key of ${key.asymmetricKeyType}, not ed25519`);
  return key;
};

const refuseUnready = async (): Promise<void> => {
  const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
  const [first = ''] = changelog.split('\n').filter((line) => line.startsWith('## '));
  if (!first.startsWith(`## ${version}`))
    throw new Refusal(
      `CHANGELOG.md begins with "${first}": give what is unreleased the heading "## ${version}", in package.json the same version`,
    );
  const { stdout } = await run('git', ['status', '--porcelain'], { cwd: root });
  if (stdout.trim() !== '') throw new Refusal(`the working tree has changes:\n${stdout}`);
};

/** Builds into `folder`, and answers the digest of each file that is shipped, by its name. */
const make = async (folder: string): Promise<Map<string, string>> => {
  const shipped = join(folder, 'shipped');
  const dist = join(folder, 'dist');
  await mkdir(shipped, { recursive: true });
  const options = (['only', 'arch'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  await run(process.execPath, ['scripts/build.ts', '--output', dist, ...options], { cwd: root });
  if (values.only !== 'executable')
    await run('npm', ['pack', '--silent', '--pack-destination', shipped], { cwd: dist });
  for (const name of (await readdir(dist)).filter((each) => each.startsWith('tidegate-linux-')))
    await rename(join(dist, name), join(shipped, name.replace('tidegate-', `tidegate-${version}-`)));
  await copyFile(join(dist, 'licenses.txt'), join(shipped, `tidegate-${version}-licenses.txt`));
  const digests = new Map<string, string>();
  for (const name of (await readdir(shipped)).sort()) {
    const digest = createHash('sha256').update(await readFile(join(shipped, name)));
    digests.set(name, digest.digest('hex'));
  }
  return digests;
};

const VERIFY = `# How to verify Tidegate ${version}

\`\`\`
openssl pkeyutl -verify -pubin -inkey release-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
sha256sum --check --ignore-missing SHA256SUMS
\`\`\`

The first command says "Signature Verified Successfully" (OpenSSL 3), the second "OK" for each file that you have.

\`release-key.pem\` proves nothing by lying beside the files. Compare it with the key that you have from an earlier release or from the project's
SECURITY.md: \`openssl pkey -pubin -in release-key.pem -outform DER | sha256sum\`.

The same commit gives the same bytes: check it out, run \`npm ci\` and \`npm run build\`, and compare the digests. Without \`strip\` of binutils at the
same version, the executables differ.
`;

const release = async (): Promise<void> => {
  const key = await readKey(values.key);
  if (values.output === undefined) throw new Refusal('say where to: --output DIR');
  const output = resolve(values.output);
  if ((await readdir(output).catch(() => [])).length > 0) throw new Refusal(`${output} is not empty`);
  if (!values.draft) await refuseUnready();
  const work = await mkdtemp(join(tmpdir(), 'tidegate-release-'));
  try {
    const [one, other] = [await make(join(work, 'one')), await make(join(work, 'other'))];
    const different = [...one].filter(([name, digest]) => other.get(name) !== digest).map(([name]) => name);
    if (different.length > 0 || one.size !== other.size)
      throw new Refusal(`two builds differ in ${different.join(', ')}: nothing was released`);
    await mkdir(output, { recursive: true });
    for (const name of one.keys()) await copyFile(join(work, 'one/shipped', name), join(output, name));
    const list = [...one].map(([name, digest]) => `${digest}  ${name}\n`).join('');
    await writeFile(join(output, 'SHA256SUMS'), list);
    await writeFile(join(output, 'SHA256SUMS.sig'), sign(null, Buffer.from(list), key));
    const published = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    await writeFile(join(output, 'release-key.pem'), published);
    await writeFile(join(output, 'VERIFY.md'), VERIFY);
    process.stdout.write(list);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

try {
  await release();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`tidegate: ${error.message}`);
  process.exitCode = 1;
}
