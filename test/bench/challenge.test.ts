import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenge } from '../../bench/challenge.ts';

test('a Bearer challenge gives realm and service, quoted or bare', () => {
  const quoted =
    'Bearer realm="https://us.icr.io/oauth/token",service="registry",scope="repository:a/b:pull,push"';
  assert.deepEqual(parseChallenge(quoted), {
    scheme: 'bearer',
    parameters: {
      realm: 'https://us.icr.io/oauth/token',
      service: 'registry',
      scope: 'repository:a/b:pull,push',
    },
  });
  assert.deepEqual(
    parseChallenge('bearer realm=https://us.icr.io/oauth/token, service=registry')?.parameters,
    {
      realm: 'https://us.icr.io/oauth/token',
      service: 'registry',
    },
  );
});

test('a Basic challenge is known, any other is not', () => {
  assert.equal(parseChallenge('Basic realm="basic-realm"')?.scheme, 'basic');
  assert.equal(parseChallenge('Negotiate'), undefined);
  assert.equal(parseChallenge(''), undefined);
});
