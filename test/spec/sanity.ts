import assert from 'node:assert/strict';
import { ERRORS, type ErrorCode, rowOf } from '../../src/errors.ts';
import { basic, type TestRegistry } from '../support/registry.ts';
import { type RawAnswer, RawConnection } from './raw-connection.ts';
import type { Stage } from './repository.ts';
import { OWNER, type StrangeRequest } from './strange-requests.ts';

const CODES: ReadonlySet<unknown> = new Set(
  (Object.keys(ERRORS) as ErrorCode[]).flatMap((name) => {
    const { oci = name, v1, iam } = rowOf(name);
    return [oci, v1, iam].filter((code) => code !== undefined);
  }),
);

/** The distribution-spec's list is closed: a refusal in its form has one of these (code-1 to code-14). */
const SPEC_CODES: ReadonlySet<unknown> = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
]);

/** Fails if a text tells about the machine, the program's files or a secret. */
export const assertTellsNothing = (registry: TestRegistry, text: string): void => {
  for (const secret of [registry.data, process.cwd(), registry.apikey])
    assert.ok(!text.includes(secret), `${secret} in ${text}`);
  assert.doesNotMatch(
    text,
    /\n\s+at |node:internal|node_modules|\.ts:\d|SQLITE|ENOENT|EISDIR|staging\/|FST_ERR|HPE_|postgres/i,
  );
};

/** Code and request id of an error body, in whichever of the three envelopes. */
const errorOf = (text: string): { code: unknown; id: unknown } => {
  const parsed = JSON.parse(text);
  const [oci] = parsed.errors ?? [];
  if (oci) return { code: oci.code, id: oci.detail?.['request-id'] };
  return {
    code: parsed.code ?? parsed.errorCode,
    id: parsed['request-id'] ?? parsed.context?.requestId,
  };
};

/** Fails unless a stranger may get this answer: no failure of the server, nothing told, an error in its form. */
export const assertSane = (
  registry: TestRegistry,
  { method }: Pick<StrangeRequest, 'method'>,
  { status, headers, body }: RawAnswer,
): void => {
  assert.ok(status < 500, `${status} ${body}`);
  assertTellsNothing(registry, [...headers].join('\n'));
  if (status < 400) return;
  const text = body.toString();
  assertTellsNothing(registry, text);
  if (method === 'HEAD') return;
  assert.match(headers.get('content-type') ?? '', /^application\/json/, text);
  const { code, id } = errorOf(text);
  assert.ok(CODES.has(code), text);
  if ('errors' in JSON.parse(text)) assert.ok(SPEC_CODES.has(code), text);
  assert.match(String(id), /^[0-9a-f]{32}$/, text);
  assert.equal(headers.get('x-request-id') ?? id, id);
};

/** Sends the request on a connection of its own and fails unless the answer is sane. */
export const ask = async (
  registry: TestRegistry,
  request: Partial<StrangeRequest> & Pick<StrangeRequest, 'target'>,
): Promise<RawAnswer> => {
  const { method = 'GET', target, body = new Uint8Array() } = request;
  const headers = { ...request.headers };
  if (headers.Authorization === OWNER) headers.Authorization = basic('iamapikey', registry.apikey);
  await using connection = await RawConnection.open(registry.url);
  const answer = await connection.request(method, target, headers, body);
  assertSane(registry, { method }, answer);
  return answer;
};

/** Fails unless the registry still takes and gives, and has logged no failure of its own. */
export const assertWorks = async (on: Stage): Promise<void> => {
  const repository = on.repository();
  const { bytes } = await repository.pushImage('1');
  await repository.assertServes('1', bytes);
  const failures = on.registry.logged.filter((line) =>
    /"status":5|"level":(50|60|"error"|"fatal")/.test(line),
  );
  assert.deepEqual(failures, []);
};
