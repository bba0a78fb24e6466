import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { shows, Terminal } from './terminal.ts';

describe('cr api, region, info', () => {
  let registry: RegistryProcess;
  const shell = new Terminal();

  before(async () => {
    registry = await startRegistryProcess();
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('cr api shows the endpoint of the API', async () => {
    shows(await shell.run('cr api'), { stdout: [`Registry API endpoint   ${registry.url}/api`, '', 'OK'] });
  });

  test('cr region names region and registry', async () => {
    shows(await shell.run('cr region'), {
      stdout: [`You are targeting region 'local', the registry is '${registry.host}'.`, '', 'OK'],
    });
  });

  test('cr info shows registry, endpoints and account, and with --verbose the session too', async () => {
    const { stdout } = await shell.run('cr info');
    assert.match(stdout, /^Client version {20}\d+\.\d+\.\d+\n/);
    assert.ok(stdout.includes(`\nContainer Registry                ${registry.host}\n`), stdout);
    assert.ok(stdout.includes(`\nContainer Registry API endpoint   ${registry.url}/api\n`), stdout);
    assert.ok(stdout.includes(`\nAccount                           ${await registry.accountId()}\n`), stdout);
    const verbose = await shell.run('cr info --verbose');
    assert.ok(verbose.stdout.startsWith(stdout.replace(/\n\nOK\n$/, '')), verbose.stdout);
    assert.match(verbose.stdout, /^Region {28}local$/m);
    assert.match(verbose.stdout, /^Access token expires {14}\d{4}-\d\d-\d\dT.*Z$/m);
    assert.ok(verbose.stdout.includes(shell.configFile));
  });
});
