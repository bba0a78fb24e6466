import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseOpeningKey, parseSealingKey } from '../../src/backup/target/seal-keys.ts';
import { openedSize, seal, sealedSize, unseal } from '../../src/backup/target/sealing.ts';
import { bytesOf } from '../../src/backup/target/target.ts';
import { newKeyPair } from '../../src/key-id.ts';
import { refusedWith } from '../blobs/blob-fixtures.ts';

const pair = newKeyPair();
const to = parseSealingKey(pair.publicPem);
const by = parseOpeningKey(pair.privatePem);

const gather = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const sealed = (plain: Uint8Array, name = 'pool/x'): Promise<Buffer> =>
  gather(seal(name, bytesOf(plain), to));
const opened = (bytes: Uint8Array, name = 'pool/x'): Promise<Buffer> =>
  gather(unseal(name, bytesOf(bytes), by));

suite('sealing a backup to a public key', () => {
  test('what was sealed opens with the private key, at every size around a chunk, and sizes are known beforehand', async () => {
    for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]) {
      const plain = Buffer.alloc(size, 'tide');
      const bytes = await sealed(plain);
      assert.equal(bytes.byteLength, sealedSize(size));
      assert.equal(openedSize(bytes.byteLength), size);
      assert.ok((await opened(bytes)).equals(plain), `${size}`);
    }
  });

  test('it opens however the bytes are cut on their way', async () => {
    const plain = Buffer.alloc(150_000, 'x');
    const bytes = await sealed(plain);
    async function* crumbs(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < bytes.byteLength; at += 777) yield bytes.subarray(at, at + 777);
    }
    assert.ok((await gather(unseal('pool/x', crumbs(), by))).equals(plain));
  });

  test('each changed byte is found', async () => {
    const bytes = await sealed(Buffer.alloc(70_000, 'x'));
    for (const at of [0, 7, 8, 39, 40, 60, 65_575, 65_576, 65_600, bytes.byteLength - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(opened(changed), refusedWith('DIGEST_INVALID'), `byte ${at}`);
    }
  });

  test('chunks that were cut off, repeated, moved or added are found', async () => {
    const chunk = 65_536 + 16;
    const bytes = await sealed(Buffer.alloc(65_536 * 3, 'x'));
    const [head, rest] = [bytes.subarray(0, 40), bytes.subarray(40)];
    const [one, two, three] = [0, 1, 2].map((at) => rest.subarray(at * chunk, (at + 1) * chunk));
    assert.ok(one && two && three);
    for (const [what, order] of Object.entries({
      'the last is missing': [one, two],
      'all are missing': [],
      'two are the other way round': [two, one, three],
      'one comes twice': [one, one, two, three],
      'one follows the last': [one, two, three, one],
    }))
      await assert.rejects(opened(Buffer.concat([head, ...order])), refusedWith('DIGEST_INVALID'), what);
  });

  test('an object under the name of another does not open', async () => {
    await assert.rejects(
      opened(await sealed(Buffer.from('x'), 'pool/x'), 'pool/y'),
      refusedWith('DIGEST_INVALID'),
    );
  });

  test('another private key does not open it', async () => {
    const other = parseOpeningKey(newKeyPair().privatePem);
    const bytes = await sealed(Buffer.from('x'));
    await assert.rejects(gather(unseal('pool/x', bytesOf(bytes), other)), refusedWith('DIGEST_INVALID'));
  });

  test('no two sealed objects have a byte of their content in common: each has a key of its own', async () => {
    const plain = Buffer.alloc(64, 'x');
    const [one, other] = [await sealed(plain), await sealed(plain)];
    assert.notDeepEqual(one.subarray(8), other.subarray(8));
    assert.ok(!one.includes(Buffer.alloc(8, 'x')));
  });

  test('a private key in the place of the public one is refused, and so are keys of another kind', () => {
    assert.throws(() => parseSealingKey(pair.privatePem), refusedWith('BAD_REQUEST'));
    assert.throws(() => parseOpeningKey(pair.publicPem), refusedWith('BAD_REQUEST'));
    assert.throws(() => parseSealingKey('not a key'), refusedWith('BAD_REQUEST'));
    assert.equal(by.id, to.id);
  });
});
