import assert from 'node:assert/strict';
import test from 'node:test';
import { refuseOtherMachine, registryEndpointOf, TargetTokens } from '../../src/cli/target.ts';
import { regionAt } from '../../src/client/regions.ts';

test('the API of a region has its host, with scheme and port of the endpoint', () => {
  for (const [endpoint, host, api] of [
    ['https://us.icr.io', 'de.icr.io', 'https://de.icr.io'],
    ['https://us.icr.io:8443', 'registry.eu-de.bluemix.net', 'https://registry.eu-de.bluemix.net:8443'],
    ['http://127.0.0.1:5000', 'de.icr.io', 'http://de.icr.io:5000'],
    ['http://[::1]:5000', 'localhost', 'http://localhost:5000'],
  ] as const) {
    assert.equal(registryEndpointOf(endpoint, { region: 'eu-de', host }), api);
  }
  assert.equal(registryEndpointOf('https://us.icr.io', undefined), 'https://us.icr.io');
});

test('an endpoint reaches the region of its host name, else the default region where that takes any host', () => {
  const region = (name: string, ...hosts: string[]) => ({ name, hosts, aliases: [], registry: '' });
  const list = { default: 'a', regions: [region('a', 'a.test'), region('b', 'b.test', 'old.test')] };
  for (const [endpoint, any, name] of [
    ['https://b.test', false, 'b'],
    ['https://old.test:8443', false, 'b'],
    ['https://A.test', false, 'a'],
    ['https://c.test', true, 'a'],
    ['https://c.test', false, undefined],
    ['https://127.0.0.1', false, undefined],
  ] as const) {
    assert.equal(regionAt(endpoint, { ...list, any_host: any })?.name, name, endpoint);
  }
  assert.equal(regionAt('https://c.test', list)?.name, 'a', 'a server that does not say takes any host');
});

test('with an endpoint on this machine the target must be on it too; with another endpoint it may be anywhere', async () => {
  const there = { region: 'there', host: '192.0.2.1' };
  for (const endpoint of ['http://127.0.0.1:5000', 'https://localhost', 'http://127.9.9.9']) {
    await assert.rejects(refuseOtherMachine(endpoint, there), { name: 'CliError', exitCode: 6 }, endpoint);
    await refuseOtherMachine(endpoint, { region: 'here', host: '127.0.0.2' });
    await refuseOtherMachine(endpoint, { region: 'here', host: 'localhost' });
  }
  await refuseOtherMachine('https://192.0.2.7', there);
});

test('no token is given out before the host was checked, and it is checked once', async () => {
  let asked = 0;
  const tokens = { current: async () => 'token', renew: async () => 'another' };
  const good = new TargetTokens(tokens, async () => void asked++);
  assert.deepEqual([await good.current(), await good.current(), asked], ['token', 'token', 1]);
  const bad = new TargetTokens(tokens, async () => assert.fail('elsewhere'));
  await assert.rejects(bad.current(), { message: 'elsewhere' });
  await assert.rejects(bad.current(), { message: 'elsewhere' });
});
