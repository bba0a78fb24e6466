import assert from 'node:assert/strict';

export interface OciError {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Fails unless the answer is this refusal in the distribution-spec's form, findable in the log by its request id. */
export const refused = async (response: Response, status: number, code: string): Promise<OciError> => {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(text)));
  const { errors } = JSON.parse(text) as { errors: OciError[] };
  assert.equal(errors.length, 1);
  const [error] = errors;
  assert.ok(error);
  assert.equal(error.code, code, text);
  assert.ok(error.message.length > 10, text);
  assert.match(String(error.detail['request-id']), /^[0-9a-f]{32}$/);
  assert.equal(error.detail['request-id'], response.headers.get('x-request-id'));
  return error;
};

/** The answer, after failing unless it has this status. */
export const answered = async (response: Response, status: number): Promise<Response> => {
  if (response.status !== status) assert.equal(response.status, status, await response.text());
  return response;
};

/** Fails unless the answer has these headers with these values; null means absent. */
export const assertHeaders = (
  response: Response,
  expected: Readonly<Record<string, string | null>>,
): void => {
  for (const [name, value] of Object.entries(expected)) assert.equal(response.headers.get(name), value, name);
};

/** A header that must be there. */
export const headerOf = (response: Response, name: string): string => {
  const value = response.headers.get(name);
  assert.ok(value !== null, `the answer has no ${name}`);
  return value;
};

export const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());
