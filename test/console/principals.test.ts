import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
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

  test('who is Editor of one resource group is offered to delete that one and no other', async () => {
    const { registry } = lab;
    const owner = await Caller.login(registry);
    const made: string[] = [];
    for (const name of ['one', 'two'])
      made.push((await owner.post('/v2/resource_groups', { account_id: registry.accountId, name })).body.id);
    const editor = await new Identities(registry).user();
    for (const [role, on] of [
      ['Editor', { resourceType: 'resource-group', resource: made[0] ?? '' }],
      ['Viewer', { serviceType: 'platform_service' }],
    ] as const)
      equal(
        (await owner.post('/v2/policies', v2Policy(editor.iamId, role, registry.accountId, on))).status,
        201,
      );
    await using visit = await lab.visit({ apikey: editor.apikey });
    await visit.walkTo('/resource-groups');
    const isOff = (name: string): Promise<string | null> =>
      visit.row(name).getByRole('button', { name: 'Delete' }).first().getAttribute('aria-disabled');
    deepEqual([await isOff('one'), await isOff('two')], ['false', 'true']);
    await visit.row('one').getByRole('button', { name: 'Delete' }).first().click();
    await visit.inDialog('Delete').click();
    await visit.row('one').waitFor({ state: 'detached' });
    equal((await owner.get(`/v2/resource_groups/${made[0]}`)).status, 404);
  });

  for (const role of ['reader', 'editor'])
    test(`lists, entries and buttons of the ${role} say what the API answers`, async () => {
      const principal = cast.find((each) => each.role === role);
      await refuseOtherThanTheApi(lab, principal as Principal, 'lists');
    });
});
