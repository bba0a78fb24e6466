import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Wire } from '../clients/wire.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { refused } from '../support/transcript.ts';
import { digestOf, type Made, Pusher } from './import-content.ts';
import { Owner } from './owner.ts';

const BLOB = /\/blobs\/sha256:/;

describe('tidegate import from another registry', () => {
  const owner = Owner.ofTests('birds', 'moved');
  let source: TestRegistry;
  let wire: Wire;
  let pusher: Pusher;
  before(async () => {
    source = await TestRegistry.start();
    for (const name of ['birds', 'fish']) await source.namespaceAdd(name);
    wire = await Wire.before(source.url);
    pusher = new Pusher(source.url, 'iamapikey', source.apikey);
  });
  after(async () => {
    await wire[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  const from = (name: string, ...more: string[]): string[] => [
    'import',
    `docker://${wire.host}/${name}`,
    '--source-user',
    'iamapikey',
    '--source-password',
    source.apikey,
    ...more,
  ];
  const digestAt = async (repository: string, reference: string): Promise<string | null> => {
    const response = await owner.registry.v2('HEAD', `${repository}/manifests/${reference}`);
    return response.headers.get('docker-content-digest');
  };
  const referrersOf = async (repository: string, digest: string): Promise<string[]> => {
    const response = await owner.registry.v2('GET', `${repository}/referrers/${digest}`);
    const { manifests } = (await response.json()) as { manifests: Made[] };
    return manifests.map((each) => each.digest);
  };

  test('a tag comes with the images of its index and what refers to them, every digest the same', async () => {
    const images = [await pusher.image('birds/multi'), await pusher.image('birds/multi')];
    const index = await pusher.index('birds/multi', images, '1.0');
    const [first] = images;
    assert.ok(first);
    const signature = await pusher.attach('birds/multi', index);
    const bill = await pusher.attach('birds/multi', first);
    const about = await pusher.attach('birds/multi', bill);
    await owner.says(from('birds/multi:1.0'));
    assert.equal(await digestAt('birds/multi', '1.0'), index.digest);
    for (const { digest } of images) assert.equal(await digestAt('birds/multi', digest), digest);
    assert.deepEqual(await referrersOf('birds/multi', index.digest), [signature.digest]);
    assert.deepEqual(await referrersOf('birds/multi', first.digest), [bill.digest]);
    assert.deepEqual(await referrersOf('birds/multi', bill.digest), [about.digest]);
  });

  test('a second run sends nothing that is there, and moves a tag that has moved', async () => {
    await pusher.image('birds/again', '1');
    await owner.says(from('birds/again:1'));
    wire.heard.length = 0;
    assert.match(await owner.says(from('birds/again:1')), /birds\/again:1: there already/);
    assert.deepEqual(wire.said('GET', BLOB), []);
    const next = await pusher.image('birds/again', '1');
    await owner.says(from('birds/again:1'));
    assert.equal(await digestAt('birds/again', '1'), next.digest);
  });

  test('a run that broke off goes on: contents that arrived are not fetched again', async () => {
    const layers = Array.from({ length: 6 }, () => randomBytes(5000));
    const image = await pusher.image('birds/broken', '1', layers);
    const last = digestOf(layers.at(-1) ?? '');
    wire.fault = (method, url) => (method === 'GET' && url.includes(last) ? 'cut' : undefined);
    refused(await owner.run(from('birds/broken:1', '--parallel', '1')), /FAILED/);
    wire.fault = () => undefined;
    wire.heard.length = 0;
    await owner.says(from('birds/broken:1'));
    assert.equal(wire.said('GET', BLOB).length, 1);
    assert.equal(await digestAt('birds/broken', '1'), image.digest);
  });

  test('a source that is busy, or that breaks off once, is asked again', async () => {
    const image = await pusher.image('birds/busy', '1', [randomBytes(8 << 20)]);
    let left = 2;
    wire.fault = (method, url) => (method === 'GET' && BLOB.test(url) && left-- > 0 ? 'cut' : undefined);
    await owner.says(from('birds/busy:1', '--parallel', '1'));
    wire.fault = () => undefined;
    assert.equal(await digestAt('birds/busy', '1'), image.digest);
  });

  test('--all copies every tag of a repository and of those below it; --to stands before each name', async () => {
    for (const name of ['fish/deep', 'fish/deep/sea', 'fish/deeper'])
      for (const tag of ['1', '2']) await pusher.image(name, tag);
    await owner.says(from('fish/deep', '--all', '--to', 'moved'));
    for (const name of ['fish/deep', 'fish/deep/sea'])
      for (const tag of ['1', '2']) assert.notEqual(await digestAt(`moved/${name}`, tag), null, name);
    assert.equal(await digestAt('moved/fish/deeper', '1'), null);
    await owner.says(from('', '--all', '--to', 'moved/everything'));
    assert.notEqual(await digestAt('moved/everything/fish/deeper', '2'), null);
  });

  test('--plan says what would be copied and copies nothing', async () => {
    await pusher.image('birds/planned', '1', [randomBytes(3 << 20)]);
    const plan = await owner.says(from('birds/planned:1', '--plan'));
    assert.match(plan, /birds\/planned:1: to copy, 1 manifest and 2 blobs, 3 MB/);
    assert.equal(await digestAt('birds/planned', '1'), null);
    assert.match(
      await owner.says(from('birds/planned:1', '--plan', '--to', 'nowhere/x')),
      /namespace-add nowhere/,
    );
  });

  test('one image that fails does not stop the others, and the command says which it was', async () => {
    await pusher.image('fish/some', 'a');
    const whole = await pusher.image('fish/some', 'b');
    wire.fault = (method, url) => (method === 'GET' && url.endsWith('/manifests/a') ? 'busy' : undefined);
    const turn = await owner.run(from('fish/some', '--all', '--to', 'moved'));
    wire.fault = () => undefined;
    refused(turn, /1 image could not be copied[\s\S]*moved\/fish\/some:a/);
    assert.equal(turn.code, 1);
    assert.equal(await digestAt('moved/fish/some', 'b'), whole.digest);
  });

  test('an image whose content the source breaks off each time does not stop the others either', async () => {
    const layer = randomBytes(50_000);
    await pusher.image('fish/cut', 'a', [layer]);
    const whole = await pusher.image('fish/cut', 'b');
    wire.fault = (method, url) => (method === 'GET' && url.includes(digestOf(layer)) ? 'cut' : undefined);
    const turn = await owner.run(from('fish/cut', '--all', '--to', 'moved'));
    wire.fault = () => undefined;
    refused(turn, /moved\/fish\/cut:a: http:\S+ broke off in the middle of sha256:/);
    assert.equal(await digestAt('moved/fish/cut', 'b'), whole.digest);
  });

  test('a wrong password of the source is refused, and no password is shown', async () => {
    const argv = [
      'import',
      `docker://${wire.host}/birds/multi:1.0`,
      '--source-user',
      'iamapikey',
      '--source-password',
      '-',
    ];
    const turn = await owner.run(argv, { stdin: 'not-the-password' });
    refused(turn, /refuses to give a token|check the user and the password/);
    assert.doesNotMatch(turn.stdout + turn.stderr, /not-the-password/);
  });

  test('the password of the source goes to no other host than the source, and the access token to none but the registry', async () => {
    wire.heard.length = 0;
    await pusher.image('birds/secret', '1');
    await owner.says(from('birds/secret:1'));
    const { access_token: token } = await owner.registry.login();
    assert.ok(token);
    const basics = wire.heard.filter(({ authorization }) => authorization?.startsWith('Basic '));
    assert.ok(basics.length > 0);
    for (const { authorization = '' } of basics)
      assert.equal(Buffer.from(authorization.slice(6), 'base64').toString(), `iamapikey:${source.apikey}`);
  });

  test('a registry that names another address for its tokens is not sent the access token there', async () => {
    await using named = await Owner.open({ TIDEGATE_EXTERNAL_URL: 'https://registry.invalid' });
    await named.registry.namespaceAdd('birds');
    await pusher.image('birds/named', '1');
    await named.says(from('birds/named:1'));
    assert.equal((await named.registry.v2('HEAD', 'birds/named/manifests/1')).status, 200);
  });

  test('a caller without the right to push copies nothing', async () => {
    await pusher.image('birds/multi', 'free');
    refused(await owner.run(from('birds/multi:free', '--to', 'elsewhere/app')), /FAILED/);
  });

  test('what is no source is refused with the forms that there are', async () => {
    for (const text of [
      'birds/app:1',
      'docker://',
      'docker://host.example/UPPER',
      'oci:',
      'http://host.example/x',
    ])
      refused(await owner.run(['import', text]), /is no source of images/);
    refused(await owner.run(from('birds/multi:1.0', '--all')), /leave the tag/);
    refused(await owner.run(from('birds/multi:1.0', '--parallel', '99')), /1 to 16/);
  });
});

describe('tidegate import of files', () => {
  const owner = Owner.ofTests('birds');
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  const digestAt = async (repository: string, reference: string): Promise<string | null> =>
    (await owner.registry.v2('HEAD', `${repository}/manifests/${reference}`)).headers.get(
      'docker-content-digest',
    );

  const put = (path: string, content: Buffer | string): void => {
    mkdirSync(join(folder.path, path, '..'), { recursive: true });
    writeFileSync(join(folder.path, path), content);
  };

  /** A layout with an image under a tag and a document about it, without a name. */
  const layout = (name: string): { image: string; document: string } => {
    const blob = (mediaType: string, content: string): Made => {
      put(`${name}/blobs/${digestOf(content).replace(':', '/')}`, content);
      return { mediaType, digest: digestOf(content), size: content.length };
    };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = (content: object): Made =>
      blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    const config = blob('application/vnd.oci.image.config.v1+json', '{"os":"linux"}');
    const layers = [blob('application/vnd.oci.image.layer.v1.tar', `layer of ${name}`)];
    const image = manifest({ config, layers });
    const document = manifest({ artifactType: 'text/plain', config, layers, subject: image });
    const annotations = { 'org.opencontainers.image.ref.name': '1.0' };
    put(
      `${name}/index.json`,
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...image, annotations }, document] }),
    );
    put(`${name}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
    return { image: image.digest, document: document.digest };
  };

  test('an OCI layout comes with its tags and with the documents that it lists without a name', async () => {
    const { image, document } = layout('layout');
    await owner.says(['import', `oci:${folder.path}/layout`, '--to', 'birds/layout']);
    assert.equal(await digestAt('birds/layout', '1.0'), image);
    assert.equal(await digestAt('birds/layout', document), document);
    refused(await owner.run(['import', `oci:${folder.path}/layout`]), /--to NAMESPACE\/REPOSITORY/);
  });

  test('a layout in an archive keeps its digests, as docker save writes it today', async () => {
    const { image } = layout('archived');
    const archive = join(folder.path, 'archived.tar');
    assert.equal(spawnSync('tar', ['-C', join(folder.path, 'archived'), '-cf', archive, '.']).status, 0);
    await owner.says(['import', `docker-archive:${archive}`, '--to', 'birds/archived']);
    assert.equal(await digestAt('birds/archived', '1.0'), image);
  });

  test('an archive of older docker: layers are compressed, a second run finds them, names come from the archive', async () => {
    const [layer, config] = [Buffer.from('a layer'.repeat(1000)), '{"os":"linux","rootfs":{}}'];
    put('saved/0/layer.tar', layer);
    put('saved/config.json', config);
    const list = [
      {
        Config: 'config.json',
        RepoTags: ['old.example:5000/birds/saved:1'],
        Layers: ['0/layer.tar', '0/layer.tar'],
      },
    ];
    put('saved/manifest.json', JSON.stringify(list));
    const archive = join(folder.path, 'saved.tar');
    spawnSync('tar', ['-C', join(folder.path, 'saved'), '-cf', archive, '.']);
    const said = await owner.says(['import', `docker-archive:${archive}`]);
    assert.match(said, /birds\/saved:1: copied/);
    const manifest = await owner.registry.v2('GET', 'birds/saved/manifests/1');
    const { config: named } = (await manifest.json()) as { config: Made };
    assert.equal(named.digest, digestOf(config));
    assert.match(await owner.says(['import', `docker-archive:${archive}`]), /there already/);
  });

  test('a layout whose file was changed, a compressed archive and a file that is none are refused in words', async () => {
    const { image } = layout('changed');
    put(`changed/blobs/${image.replace(':', '/')}`, '{"schemaVersion":2}');
    refused(
      await owner.run(['import', `oci:${folder.path}/changed`, '--to', 'birds/changed']),
      /has another content/,
    );
    put('packed.tar.gz', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600)]));
    refused(await owner.run(['import', `docker-archive:${folder.path}/packed.tar.gz`]), /gunzip/);
    put('noise.tar', randomBytes(2048));
    refused(await owner.run(['import', `docker-archive:${folder.path}/noise.tar`]), /no tar archive/);
    refused(await owner.run(['import', `docker-archive:${folder.path}/absent.tar`]), /Cannot read/);
  });
});
