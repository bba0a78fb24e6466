import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

describe('cr api, region, info', () => {
  const owner = Owner.ofTests();

  test('cr api shows the endpoint of the API', async () => {
    shows(await owner.run('cr api'), {
      stdout: [`Registry API endpoint   ${owner.registry.url}/api`, '', 'OK'],
    });
  });

  test('cr region names region and registry', async () => {
    shows(await owner.run('cr region'), {
      stdout: [`You are targeting region 'local', the registry is '${owner.registry.host}'.`, '', 'OK'],
    });
  });

  test('cr info shows registry, endpoints and account, and with --verbose the session too', async () => {
    const { stdout } = await owner.run('cr info');
    assert.match(stdout, /^Client version {20}\d+\.\d+\.\d+\n/);
    assert.ok(stdout.includes(`\nContainer Registry                ${owner.registry.host}\n`), stdout);
    assert.ok(stdout.includes(`\nContainer Registry API endpoint   ${owner.registry.url}/api\n`), stdout);
    assert.ok(stdout.includes(`\nAccount                           ${owner.registry.accountId}\n`), stdout);
    const verbose = await owner.run('cr info --verbose');
    assert.ok(verbose.stdout.startsWith(stdout.replace(/\n\nOK\n$/, '')), verbose.stdout);
    assert.match(verbose.stdout, /^Region {28}local$/m);
    assert.match(verbose.stdout, /^Access token expires {14}\d{4}-\d\d-\d\dT.*Z$/m);
    assert.ok(verbose.stdout.includes(owner.shell.configFile));
  });
});
