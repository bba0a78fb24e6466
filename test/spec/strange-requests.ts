import fc from 'fast-check';
import { newManifest, OCI_MANIFEST } from './content.ts';

export interface StrangeRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Stands in a header for the owner's credentials, which are not known while requests are made up. */
export const OWNER = '<owner>';

const oneOf = (words: string): fc.Arbitrary<string> => fc.constantFrom(...words.split(' '));

const hex = 'a'.repeat(64);

/** Printable ASCII without spaces: what an HTTP parser lets stand in a request line. */
export const printable = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

/** Any text, percent-encoded. */
export const encoded = fc.string({ unit: 'grapheme' }).map((text) => encodeURIComponent(text.toWellFormed()));

/** Real words of paths, tricks with dots, slashes and percent signs, digests right and wrong, and noise. */
export const segment = fc.oneof(
  { weight: 6, arbitrary: oneOf('birds a blobs manifests tags list uploads referrers _catalog latest') },
  { weight: 2, arbitrary: oneOf('.. . %2e%2e ..%2f.. %2F %5c %00 % %zz %C3%28 %ff %25 ~ ; @ *') },
  { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(300), 'a/'.repeat(500), '%2e'.repeat(300)) },
  {
    weight: 1,
    arbitrary: oneOf(`sha256:${hex} sha256%3A${hex} sha512:${hex}${hex} sha256: sha256-${hex} : md5:x`),
  },
  { weight: 1, arbitrary: oneOf('constructor __proto__ null undefined') },
  { weight: 2, arbitrary: printable.map((text) => text.replaceAll(/[?#]/g, '')) },
);

export const query = fc
  .array(
    fc.tuple(
      oneOf('n last digest mount from tag artifactType scope service ns __proto__'),
      fc.oneof(printable, encoded, oneOf(`sha256:${hex} -1 0 1e9 %00 %zz`)),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`));

export const registryTarget = fc
  .tuple(fc.array(segment, { maxLength: 8 }), query)
  .map(([segments, search]) => `/v2/${segments.join('/')}${search}`);

export const method = fc.oneof(
  oneOf('GET POST PUT PATCH DELETE'),
  oneOf('GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND M-SEARCH'),
);

const authorization = fc.oneof(
  fc.constant(OWNER),
  fc.constant(OWNER),
  printable,
  fc.tuple(oneOf('Basic Bearer bearer Digest'), printable).map((words) => words.join(' ')),
  fc.string().map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
);

const headerValue = fc.oneof(
  printable,
  oneOf('bytes=0- 0-9 99999999999999999999'),
  fc.constantFrom('', 'a'.repeat(4000), '\x80\xff'),
);

const headerName = oneOf(
  'Range If-Range Content-Range Accept Accept-Encoding X-Forwarded-For X-Forwarded-Host Account Host Cookie Origin User-Agent',
);

/** Everything but what says how the body is to be read. */
export const headers = fc
  .tuple(fc.option(authorization), fc.dictionary(headerName, headerValue, { maxKeys: 4 }))
  .map(([Authorization, others]) => (Authorization === null ? others : { ...others, Authorization }));

export const contentType = fc.oneof(
  printable,
  oneOf(
    'application/json application/x-www-form-urlencoded application/json;charset=utf-7 multipart/form-data',
  ),
);

const bytesOf = (text: string): Buffer => Buffer.from(text);

export const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map(bytesOf),
  oneOf('a=b grant_type=password {').map(bytesOf),
);

const manifestField = oneOf(
  'schemaVersion mediaType config layers manifests subject annotations artifactType',
);

const descriptorField = oneOf('mediaType digest size urls data annotations platform');

/** Random JSON, broken JSON and UTF-8, deep nesting, and manifests with one field made wrong or one byte changed. */
export const manifestBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc.json().map(bytesOf),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(oneOf('[ {"a": {"layers":['), fc.integer({ min: 1, max: 50_000 }))
    .map(([opening, depth]) => bytesOf(opening.repeat(depth))),
  fc
    .tuple(fc.oneof(manifestField, oneOf('__proto__ Config LAYERS')), fc.json())
    .map(([field, json]) => bytesOf(newManifest().toString().replace('{', `{"${field}":${json},`))),
  fc.tuple(manifestField, fc.jsonValue()).map(([field, value]) => newManifest({ [field]: value })),
  fc.tuple(descriptorField, fc.jsonValue()).map(([field, value]) => {
    const subject = { mediaType: OCI_MANIFEST, digest: `sha256:${hex}`, size: 1, [field]: value };
    return newManifest({ subject });
  }),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
    const bytes = newManifest();
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
);
