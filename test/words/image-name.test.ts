import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryError } from '../../src/errors.ts';
import { formatImageName, IMAGE_NAME_LIMIT, parseImageName, referenceOf } from '../../src/oci/image-name.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const NAMES: readonly (readonly [
  text: string,
  host: string | undefined,
  repository: string,
  rest: string,
])[] = [
  ['birds/app', undefined, 'birds/app', 'latest'],
  ['birds/app:1.0', undefined, 'birds/app', '1.0'],
  [`birds/app@${DIGEST}`, undefined, 'birds/app', DIGEST],
  ['us.icr.io/birds/app', 'us.icr.io', 'birds/app', 'latest'],
  ['US.ICR.IO/birds/nested/app:V1', 'us.icr.io', 'birds/nested/app', 'V1'],
  ['127.0.0.1:5000/birds/app:1', '127.0.0.1:5000', 'birds/app', '1'],
  ['localhost/birds/app', 'localhost', 'birds/app', 'latest'],
  [`[::1]:5000/birds/app@${DIGEST}`, '[::1]:5000', 'birds/app', DIGEST],
  ['birds', undefined, 'birds', 'latest'],
];
for (const [text, host, repository, rest] of NAMES)
  test(`${text.slice(0, 40)} names an image`, () => {
    const name = parseImageName(text);
    const reference = referenceOf(name);
    assert.deepEqual([name.host, name.repository], [host, repository]);
    assert.equal(reference.kind === 'tag' ? reference.tag : reference.digest, rest);
  });

const FAULTS: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /write HOST\/NAMESPACE\/REPOSITORY:TAG/],
  ['Birds/app', /lower case/],
  ['birds//app', /lower case/],
  ['birds/app:', /tag is not valid/],
  ['birds/app:-x', /tag is not valid/],
  ['birds/app:a:b', /tag is not valid/],
  [`birds/app:1@${DIGEST}`, /a tag and a digest/],
  ['birds/app@sha256:abc', /64/],
  [`birds/app@${DIGEST.toUpperCase()}`, /64/],
  ['us.icr.io/', /lower case/],
  ['-.x/birds/app', /is not a host/],
  ['a.b:99999999/birds/app', /is not a host/],
  ['birds/app?x', /lower case/],
  ['birds%2Fapp', /lower case/],
  ['birds/../app', /lower case/],
  ['x'.repeat(IMAGE_NAME_LIMIT + 1), /longer than 700/],
];
for (const [text, why] of FAULTS)
  test(`${JSON.stringify(text.slice(0, 40))} is refused as no image name, and the refusal says what to write`, () => {
    assert.throws(
      () => parseImageName(text),
      (error: unknown) => error instanceof RegistryError && error.status === 400 && why.test(error.message),
    );
  });

test('a name in full is read back as it was, and any other text is refused or read without a fault', () => {
  for (const [text] of NAMES) {
    const name = parseImageName(text);
    const full = formatImageName('h.example:1', name.repository, referenceOf(name));
    assert.deepEqual(parseImageName(full), { ...name, host: 'h.example:1', reference: referenceOf(name) });
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 800 }), (text) => {
      try {
        assert.ok(parseImageName(text).repository.length <= 255);
      } catch (error) {
        assert.ok(error instanceof RegistryError && error.code === 'BAD_REQUEST', String(error));
        assert.ok(error.message.length < 600);
      }
    }),
  );
});
