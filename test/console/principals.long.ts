import { ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { IssuersFile } from '../identity/platform.ts';
import { castOf, type Principal, strangersOf } from '../matrix/principals.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';
import { refuseOtherThanTheApi } from './rights/principal.ts';

describe('rights in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let cast: readonly Principal[];
  before(async () => {
    const issuers = new IssuersFile([{ name: 'ci', issuer: 'https://issuer.invalid', audiences: ['ci'] }]);
    lab = await BrowserLab.start({ env: { TIDEGATE_ISSUERS_FILE: issuers.path } });
    for (const name of ['birds', 'fish']) await lab.registry.namespaceAdd(name);
    const identities = new Identities(lab.registry);
    const place = { registry: lab.registry, identities };
    cast = [...(await castOf(place)), ...(await strangersOf(place, await identities.stranger()))];
  });
  after(() => lab[Symbol.asyncDispose]());

  for (const name of [
    ...['owner', 'administrator', 'editor', 'viewer', 'manager', 'writer', 'reader', 'reader of birds'],
    ...['member', 'owner of another account', 'administrator of another account'],
  ])
    test(`pages, entries and buttons of the ${name} say what the API answers`, async () => {
      const principal = cast.find((each) => each.name === name);
      ok(principal, `there is no ${name}`);
      await refuseOtherThanTheApi(lab, principal, 'all');
    });
});
