import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, type Mock, mock, test } from 'node:test';
import { LARGE, Turns } from '../../src/turns.ts';
import { answered } from '../spec/answers.ts';
import { CONFIG, descriptorOf, jsonOf, OCI_INDEX, OCI_MANIFEST } from '../spec/content.ts';
import { stage } from '../spec/repository.ts';
import { IMAGES, ImageDoor } from './image-stage.ts';

/** Which accounts took a turn, in order, and how many pieces were worked at together at most. */
class Taken {
  readonly names: string[] = [];
  most = 0;
  readonly #mock: Mock<Turns['take']>;

  constructor() {
    const { names } = this;
    const { take } = Turns.prototype;
    const under = new Map<string, number>();
    const taken = this;
    this.#mock = mock.method(Turns.prototype, 'take', function <Answer>(
      this: Turns,
      name: string,
      work: () => Promise<Answer>,
    ): Promise<Answer> {
      names.push(name);
      return take.call(this, name, async () => {
        const now = (under.get(name) ?? 0) + 1;
        under.set(name, now);
        taken.most = Math.max(taken.most, now);
        try {
          return await work();
        } finally {
          under.set(name, now - 1);
        }
      }) as Promise<Answer>;
    } as Turns['take']);
  }

  end(): void {
    this.#mock.mock.restore();
  }
}

describe('large work of one account takes turns at the doors of /api/v1', () => {
  const on = stage();
  const door = new ImageDoor(on);
  let taken: Taken;
  beforeEach(() => {
    taken = new Taken();
  });
  afterEach(() => taken.end());

  const LONG = { annotations: { long: 'l'.repeat(2 * LARGE) } };

  /** How many turns the account takes for this, where its content was read before. */
  const turnsOf = async (work: () => Promise<unknown>): Promise<number> => {
    await work();
    const before = taken.names.length;
    await work();
    const names = taken.names.slice(before);
    assert.deepEqual(new Set(names), new Set(names.length === 0 ? [] : [on.registry.accountId]));
    return names.length;
  };

  const ask = async (path: string): Promise<void> =>
    assert.equal((await door.ask('GET', `${IMAGES}/${path}`)).status, 200, path);

  test('reading a manifest: one where it is large, none where it is not', async () => {
    const repository = on.repository();
    await repository.pushImage('small');
    await repository.pushImage('large', LONG);
    const name = encodeURIComponent(repository.name);
    assert.equal(await turnsOf(() => ask(`${name}%3Asmall/manifest`)), 0);
    assert.equal(await turnsOf(() => ask(`${name}%3Alarge/manifest`)), 1);
  });

  test('inspecting: one where the manifest or the config is large, and where all that hangs on the image is read', async () => {
    const repository = on.repository();
    const config = jsonOf({ architecture: 'amd64', os: 'linux', long: 'l'.repeat(2 * LARGE) });
    await repository.pushBlob(config);
    const { descriptor } = await repository.pushImage('small');
    await repository.pushImage('large', { config: descriptorOf(CONFIG, config) });
    const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor], ...LONG });
    await answered(await repository.putManifest('index', index, OCI_INDEX), 201);
    for (const [tag, turns, query] of [
      ['small', 0],
      ['large', 1],
      ['index', 1],
      ['small', 1, '?attestations=true'],
    ] as const)
      assert.equal(await turnsOf(() => door.inspect(`${repository.name}:${tag}`, query)), turns, tag);
  });

  test('copying: one to look through a large manifest and one to store it, and never two at a time', async () => {
    const repository = on.repository();
    await repository.pushImage('small');
    await repository.pushImage('large', LONG);
    const copy = async (tag: string, to: string): Promise<void> =>
      assert.equal((await door.copy(`${repository.name}:${tag}`, to)).status, 201);
    assert.equal(await turnsOf(() => copy('small', `${repository.name}:s`)), 0);
    assert.equal(await turnsOf(() => copy('large', `${repository.name}:l`)), 2);
    const many = Array.from({ length: 5 }, () => on.repository().name);
    await Promise.all(many.map((name) => copy('large', `${name}:1`)));
    assert.equal(taken.most, 1);
  });

  test('a page of tags: one for each index, and for each config that is not short, when they are read first', async () => {
    const repository = on.repository();
    const config = jsonOf({ architecture: 'amd64', os: 'linux', long: 'l'.repeat(20_000) });
    await repository.pushBlob(config);
    const { descriptor } = await repository.pushImage('1', { config: descriptorOf(CONFIG, config) });
    await repository.pushIndex([descriptor], 'index');
    taken.names.length = 0;
    const page = () => door.ask('GET', `/api/v1/tags?repository=${repository.name}`);
    assert.equal((await page()).status, 200);
    // one more reads the indexes
    assert.equal(taken.names.length, 3);
    await page();
    assert.equal(taken.names.length, 3);
  });

  test('a manifest that is not in memory: it is read in a turn of the account that has it', async () => {
    const repository = on.repository();
    for (const tag of ['1', '2', '3'])
      await repository.pushImage(tag, { annotations: { long: 'l'.repeat(4_000_000) } });
    const { most: _most, names } = taken;
    names.length = 0;
    for (const tag of ['1', '2', '3'])
      await answered(await repository.request('HEAD', `manifests/${tag}`), 200);
    assert.equal(names.length, 6, 'one to read it, and one to send it');
    assert.deepEqual(new Set(names), new Set([on.registry.accountId]));
  });

  test('an index of more than half a megabyte is not looked through for what stands beside an image', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('1');
    const beside = async (tag: string, length: number): Promise<void> => {
      const { descriptor: stated } = await repository.pushImage(undefined, { annotations: { of: tag } });
      const annotations = {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': descriptor.digest,
      };
      const manifests = [descriptor, { ...stated, mediaType: OCI_MANIFEST, annotations }];
      const long = { annotations: { long: 'l'.repeat(length) } };
      const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...long });
      await answered(await repository.putManifest(tag, index, OCI_INDEX), 201);
    };
    await beside('short', 1000);
    await beside('long', 600_000);
    const { attestations = [] } = await door.inspect(`${repository.name}:1`, '?attestations=true');
    assert.equal(attestations.length, 1);
  });
});
