import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { refused } from '../support/transcript.ts';
import { ScriptedSource } from './import-source.ts';
import { Owner } from './owner.ts';

describe('tidegate import reads the whole of each list', () => {
  const owner = Owner.ofTests('birds', 'moved');
  let source: ScriptedSource;
  before(async () => {
    source = await ScriptedSource.start();
  });
  after(() => source[Symbol.asyncDispose]());
  beforeEach(() => {
    source.script = () => undefined;
    source.repositories = ['birds/app'];
  });

  const from = (name: string, ...more: string[]): string[] => [
    'import',
    `docker://${source.host}/${name}`,
    '--source-plain-http',
    ...more,
  ];
  const isThere = async (name: string): Promise<boolean> => {
    const [repository, reference] = name.split(/[:](?=[^:]*$)/);
    return (await owner.registry.v2('HEAD', `${repository}/manifests/${reference}`)).status === 200;
  };
  const signaturesIn = async (repository: string): Promise<string[]> => {
    const response = await owner.registry.v2('GET', `${repository}/referrers/${source.image.digest}`);
    const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
    return manifests.map(({ digest }) => digest).sort();
  };
  const allSignatures = (): string[] => source.signatures.map(({ digest }) => digest).sort();
  const ofImage = (url: string): boolean => url.includes(`/referrers/${source.image.digest}`);
  const oldTag = (): string => source.image.digest.replace(':', '-');

  test('what refers to an image comes from every page of its list', async () => {
    source.script = (url) => {
      if (!ofImage(url)) return undefined;
      const page = Number(/page=(\d)/.exec(url)?.[1] ?? 0);
      const next = page < 2 ? `${url.split('?')[0]}?page=${page + 1}` : undefined;
      return source.list(source.signatures.slice(page, page + 1), next);
    };
    await owner.says(from('birds/app:1', '--to', 'birds/pages'));
    assert.deepEqual(await signaturesIn('birds/pages'), allSignatures());
  });

  test('a list that goes on at another host is not followed, and the image fails', async () => {
    source.script = (url) =>
      ofImage(url)
        ? source.list(source.signatures.slice(0, 1), `http://127.0.0.2:1${url}?page=1`)
        : undefined;
    refused(
      await owner.run(from('birds/app:1', '--to', 'birds/strange')),
      /continues its list at another host/,
    );
    assert.equal(await isThere('birds/strange:1'), false);
  });

  test('an image whose list of referrers is refused or busy fails, by the API and by the tag alike', async () => {
    for (const status of [401, 403, 429, 500, 503]) {
      for (const isOld of [false, true]) {
        source.script = (url) => {
          if (ofImage(url)) return { status: isOld ? 404 : status, headers: { 'retry-after': '0' } };
          return url.endsWith(oldTag()) ? { status, headers: { 'retry-after': '0' } } : undefined;
        };
        const turn = await owner.run(from('birds/app:1', '--to', `birds/refused-${status}-${isOld}`));
        refused(turn, /1 image could not be copied/);
        assert.equal(await isThere(`birds/refused-${status}-${isOld}:1`), false);
      }
    }
  });

  test('a registry without the API is asked for the tag: by status, by type, and by an answer from another host', async () => {
    const elsewhere = await ScriptedSource.start();
    await using _ = elsewhere;
    elsewhere.script = () => ({ status: 429, headers: { 'retry-after': '0' } });
    const answers = [
      ...[400, 404, 405, 406, 501].map((status) => ({ status })),
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { status: 303, headers: { location: `http://${elsewhere.host}/web` } },
    ];
    for (const [index, answer] of answers.entries()) {
      source.script = (url) => {
        if (url.includes('/referrers/')) return answer;
        return url.endsWith(oldTag()) ? source.list(source.signatures) : undefined;
      };
      await owner.says(from('birds/app:1', '--to', `birds/old-${index}`));
      assert.deepEqual(await signaturesIn(`birds/old-${index}`), allSignatures());
    }
  });

  test('a repository that may not be listed does not stop the others, and is named at the end', async () => {
    source.repositories = ['birds/a', 'birds/secret', 'birds/z'];
    source.script = (url) => (url.includes('birds/secret/tags') ? { status: 403 } : undefined);
    const turn = await owner.run(from('', '--all', '--to', 'moved/one'));
    refused(turn, /1 list of images could not be copied[\s\S]*birds\/secret: \S+: status 403/);
    assert.equal(turn.code, 1);
    assert.match(turn.stdout, /2 images copied \(.*\), 0 there already, 1 failed/);
    for (const name of ['a', 'z']) assert.ok(await isThere(`moved/one/birds/${name}:1`), name);
  });

  test('a repository without a namespace does not stop the others', async () => {
    source.repositories = ['alpine', 'birds/b', 'birds/c'];
    const turn = await owner.run(from('', '--all'));
    refused(turn, /alpine:1: 'alpine' has no namespace; [\s\S]*--to NAMESPACE/);
    assert.equal(turn.code, 1);
    assert.match(turn.stdout, /1 failed/);
    for (const name of ['b', 'c']) assert.ok(await isThere(`birds/${name}:1`), name);
  });

  test('where no image could follow the command line, it ends with 2', async () => {
    refused(await owner.run(from('alpine:1')), /has no namespace/);
    assert.equal((await owner.run(from('alpine:1'))).code, 2);
    assert.equal((await owner.run(from('birds/app:1', '--to', 'No'))).code, 2);
  });

  test('a list of repositories that breaks off leaves what was begun whole, and says how far it came', async () => {
    source.script = (url) => {
      if (url.includes('last=')) return { status: 500, headers: { 'retry-after': '0' } };
      if (!url.startsWith('/v2/_catalog')) return undefined;
      const body = { repositories: ['birds/d'] };
      return { status: 200, headers: { link: '</v2/_catalog?n=1&last=d>; rel="next"' }, body };
    };
    const turn = await owner.run(from('', '--all', '--to', 'moved/two'));
    refused(turn, /_catalog\S*: status 500/);
    assert.match(turn.stdout, /1 image copied/);
    assert.ok(await isThere('moved/two/birds/d:1'));
    // with a repository that was named, those below it may be missing
    refused(await owner.run(from('birds', '--all', '--to', 'moved/three')), /birds\/…: .*status 500/);
  });
});
