import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { loadRegions } from '../../src/config/regions.ts';

const path = join(import.meta.dirname, '../../examples/regions.yaml');

/** Name, old name, host, old host. Source: IBM's table of regions; the first five of 2017. */
const TABLE = [
  ['global', 'international', 'icr.io', 'registry.bluemix.net'],
  ['us-south', 'US South', 'us.icr.io', 'registry.ng.bluemix.net'],
  ['eu-gb', 'UK South', 'uk.icr.io', 'registry.eu-gb.bluemix.net'],
  ['eu-de', 'EU Central', 'de.icr.io', 'registry.eu-de.bluemix.net'],
  ['au-syd', 'AP South', 'au.icr.io', 'registry.au-syd.bluemix.net'],
  ['jp-tok', 'AP North', 'jp.icr.io'],
  ['jp-osa', undefined, 'jp2.icr.io'],
  ['ca-tor', undefined, 'ca.icr.io'],
  ['br-sao', undefined, 'br.icr.io'],
  ['eu-es', undefined, 'es.icr.io'],
  ['ca-mon', undefined, 'ca2.icr.io'],
  ['in-che', undefined, 'in.icr.io'],
  ['in-mum', undefined, 'in2.icr.io'],
] as const;

const ALIASES: Record<string, string> = {
  'eu-gb': 'uk-south',
  'eu-de': 'eu-central',
  'au-syd': 'ap-south',
  'jp-tok': 'ap-north',
};

test('examples/regions.yaml is read by the server and has every region under all its names', () => {
  const settings = loadRegions(path);
  assert.deepEqual([settings.default, settings.anyHost], ['us-south', false]);
  assert.deepEqual(
    settings.regions.map(({ name, oldName, aliases, hosts }) => ({ name, oldName, aliases, hosts })),
    TABLE.map(([name, oldName, host, ...old]) => ({
      name,
      oldName,
      aliases: ALIASES[name] === undefined ? [] : [ALIASES[name]],
      hosts: [host, ...old, `private.${host}`],
    })),
  );
});

test('the lines its header gives for the hosts file find every host of it and nothing else', () => {
  const text = readFileSync(path, 'utf8');
  const [, pattern = ''] = /grep -o '([^']+)' examples/.exec(text) ?? [];
  // grep's basic regular expression, as JavaScript writes it
  const found = text.match(new RegExp(pattern.replace(/\\([()|])/g, '$1'), 'g')) ?? [];
  const hosts = loadRegions(path).regions.flatMap((region) => region.hosts);
  assert.deepEqual([...new Set(found)].sort(), hosts.sort());
});
