import assert from 'node:assert/strict';
import test from 'node:test';
import { endpointOf, isExposed } from '../../src/cli/endpoint.ts';

test('an address becomes scheme, host and port; without a scheme it is TLS except on this machine', () => {
  for (const [text, endpoint] of [
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['https://us.icr.io/', 'https://us.icr.io'],
    ['https://us.icr.io/api', 'https://us.icr.io'],
    ['HTTPS://US.icr.io:443', 'https://us.icr.io'],
    [' us.icr.io ', 'https://us.icr.io'],
    ['us.icr.io:8443', 'https://us.icr.io:8443'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['localhost:5000', 'http://localhost:5000'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['localhost.example.com', 'https://localhost.example.com'],
  ] as const) {
    assert.equal(endpointOf(text), endpoint, text);
  }
});

test('a text that is not the address of a server is refused: other schemes, paths, credentials, queries', () => {
  for (const text of [
    '',
    'ftp://x',
    'file:///etc',
    'http://u:p@x',
    'http://x/y',
    'http://x/?a',
    'http://x/#a',
    'http://',
    'a b',
  ]) {
    assert.throws(() => endpointOf(text), { name: 'CliError', exitCode: 2 }, text);
  }
});

test('plain HTTP exposes what is sent, except on this machine', () => {
  for (const [endpoint, exposed] of [
    ['http://us.icr.io', true],
    ['http://10.0.0.1:5000', true],
    ['http://127.0.0.1.example.com', true],
    ['https://us.icr.io', false],
    ['http://127.0.0.1:5000', false],
    ['http://127.8.8.8', false],
    ['http://localhost:5000', false],
    ['http://[::1]:5000', false],
  ] as const) {
    assert.equal(isExposed(endpoint), exposed, endpoint);
  }
});
