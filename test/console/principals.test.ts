import { deepEqual } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { castOf, type Principal } from '../matrix/principals.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';
import { ROUTES } from './pages.ts';
import { refuseOtherThanTheApi, tableOfRights } from './rights/principal.ts';
import { FOR_EVERYONE } from './rights/table.ts';

describe('rights in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let cast: readonly Principal[];
  before(async () => {
    lab = await BrowserLab.start();
    for (const name of ['birds', 'fish']) await lab.registry.namespaceAdd(name);
    cast = await castOf({ registry: lab.registry, identities: new Identities(lab.registry) });
  });
  after(() => lab[Symbol.asyncDispose]());

  test('every page is in the table of rights, or is there for everyone', () => {
    const known = new Set([...tableOfRights().map(({ of }) => of), ...FOR_EVERYONE]);
    const routes = ROUTES.map(({ pattern }) => pattern);
    deepEqual([...known].sort(), [...routes].sort());
  });

  for (const role of ['reader', 'editor'])
    test(`lists, entries and buttons of the ${role} say what the API answers`, async () => {
      const principal = cast.find((each) => each.role === role);
      await refuseOtherThanTheApi(lab, principal as Principal, 'lists');
    });
});
