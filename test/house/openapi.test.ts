import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly security?: readonly Record<string, unknown>[];
  readonly responses: Record<string, { readonly description?: string }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly securitySchemes: Record<string, unknown> };
}

let text = '';
let document: Document;

before(async () => {
  await using registry = await TestRegistry.start();
  text = await (await registry.fetch('/api/openapi.json')).text();
  document = JSON.parse(text);
});

const operations = (): [name: string, path: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      path,
      operation,
    ]),
  );

test('the OpenAPI document says of every route what it is, what it needs, how it answers and how it refuses', () => {
  assert.match(document.openapi, /^3\.1\./);
  assert.ok(operations().length > 100);
  for (const [name, , { summary, tags, security, responses }] of operations()) {
    assert.ok(summary && tags && tags.length > 0, name);
    const codes = Object.keys(responses);
    assert.ok(
      codes.some((code) => /^(?:2(?:\d\d|XX)|410)$/.test(code)),
      `${name} has no answer of success, and is not gone`,
    );
    assert.ok(codes.includes('4XX'), `${name} does not say how it refuses`);
    for (const code of codes) assert.ok(responses[code]?.description, `${name} ${code}`);
    assert.ok(security, `${name} does not say who may ask`);
    for (const scheme of security.flatMap((each) => Object.keys(each)))
      assert.ok(scheme in document.components.securitySchemes, `${name}: ${scheme}`);
  }
});

test('the OpenAPI document declares every parameter of a path, and refers to nothing that is not in it', () => {
  for (const [name, path, { parameters = [] }] of operations()) {
    const wanted = [...path.matchAll(/\{([^}]+)\}/g)].map(([, word]) => word);
    const declared = parameters.filter((each) => each.in === 'path').map((each) => each.name);
    assert.deepEqual(declared.sort(), wanted.sort(), name);
  }
  for (const [, target = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let at: unknown = document;
    for (const word of target.split('/')) at = (at as Record<string, unknown> | undefined)?.[word];
    assert.ok(at !== undefined, target);
  }
});
