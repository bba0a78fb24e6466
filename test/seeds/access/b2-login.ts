import { HOUR } from '../../support/clock.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import type { PageLab } from '../page-lab.ts';
import { Robot, userKey } from './automation.ts';

/** The page's list of hosts, with the regions' names in commands. */
const HOSTS = [
  ['AP North', 'jp.icr.io', 'ap-north'],
  ['AP South', 'au.icr.io', 'ap-south'],
  ['EU Central', 'de.icr.io', 'eu-central'],
  ['UK South', 'uk.icr.io', 'uk-south'],
  ['US South', 'us.icr.io', 'us-south'],
] as const;
const HOST = 'us.icr.io';

/** B2: logging in with a key. */
export const login = (lab: PageLab, check: Check): void => {
  check('B47: docker login -u iamapikey -p <your_apikey> <registry_url> says Login Succeeded', async () => {
    const { apikey } = await userKey(await lab.owner());
    await using holder = lab.holder();
    const turn = succeeded(await holder.run(['login', '-u', 'iamapikey', '-p', apikey, HOST]));
    if (!turn.stdout.includes('Login Succeeded')) throw new Error(turn.stdout);
  });

  for (const [region, host] of HOSTS) {
    check(`B48: it works with ${host} (${region})`, async () => {
      const { apikey } = await userKey(await lab.owner());
      await using holder = lab.holder();
      succeeded(await holder.login(host, apikey, 'iamapikey'));
    });
  }

  check('B49: the same key works in every region, and each region has its own namespaces', async () => {
    const owner = await lab.owner();
    const { apikey } = await userKey(owner);
    const namespace = await owner.addNamespace();
    await using holder = lab.holder();
    for (const [, host] of HOSTS) succeeded(await holder.login(host, apikey, 'iamapikey'));
    succeeded(await holder.push(`${HOST}/${namespace}/hello:1`));
    refused(await holder.push(`de.icr.io/${namespace}/hello:1`), DENIED);
    const shell = lab.newShell();
    await shell.logIn(apikey);
    succeeded(await shell.types('ibmcloud cr region-set eu-central'));
    succeeded(await shell.types(`ibmcloud cr namespace-add ${namespace}`));
    succeeded(await holder.push(`de.icr.io/${namespace}/hello:1`));
    succeeded(await shell.types('ibmcloud cr region-set us-south'));
  });

  check(
    'B50: a key that was deleted, disabled or has expired, or whose owner is gone, logs in nowhere; a locked one does',
    async () => {
      const owner = await lab.owner();
      await using holder = lab.holder('skopeo');
      const tries = (secret: string) => holder.login(HOST, secret, 'iamapikey');

      const deleted = await userKey(owner);
      succeeded(await tries(deleted.apikey));
      succeeded(await owner.types(`ibmcloud iam api-key-delete ${deleted.id} -f`));
      refused(await tries(deleted.apikey), WRONG_CREDENTIALS);

      const disabled = await userKey(owner);
      succeeded(await owner.types(`ibmcloud iam api-key-disable ${disabled.id} -f`));
      refused(await tries(disabled.apikey), WRONG_CREDENTIALS);
      succeeded(await owner.types(`ibmcloud iam api-key-enable ${disabled.id} -f`));
      succeeded(await tries(disabled.apikey));

      const locked = await userKey(owner, '--lock');
      succeeded(await tries(locked.apikey));
      refused(await owner.types(`ibmcloud iam api-key-delete ${locked.id} -f`), /locked/);
      succeeded(await owner.types(`ibmcloud iam api-key-unlock ${locked.id} -f`));

      const robot = await Robot.make(owner);
      succeeded(await tries(robot.key.apikey));
      succeeded(await owner.types(`ibmcloud iam service-id-delete ${robot.id} -f`));
      refused(await tries(robot.key.apikey), WRONG_CREDENTIALS);

      const tomorrow = new Date(lab.now() + 24 * HOUR).toISOString();
      const expiring = await userKey(owner, `--expires-at ${tomorrow}`);
      lab.advance(23 * HOUR);
      succeeded(await tries(expiring.apikey));
      lab.advance(2 * HOUR);
      refused(await tries(expiring.apikey), WRONG_CREDENTIALS);
    },
  );

  check('B51: then images are pushed and pulled as the policies say, by region too', async () => {
    const owner = await lab.owner();
    const namespace = await owner.addNamespace();
    const robot = await Robot.make(owner);
    await robot.grant('Reader,Writer', { namespace, region: 'us-south' });
    await using holder = lab.holder('podman');
    succeeded(await holder.login(HOST, robot.key.apikey, 'iamapikey'));
    succeeded(await holder.push(`${HOST}/${namespace}/hello:1`));
    succeeded(await holder.pull(`${HOST}/${namespace}/hello:1`));

    const elsewhere = await Robot.make(owner);
    await elsewhere.grant('Reader,Writer', { namespace, region: 'eu-central' });
    await using other = lab.holder('podman');
    succeeded(await other.login(HOST, elsewhere.key.apikey, 'iamapikey'));
    refused(await other.pull(`${HOST}/${namespace}/hello:1`), DENIED);
  });
};
