import type { PolicyContent } from '../wire/policy-content.ts';
import type { ServiceId } from '../wire/service-ids.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { theOne } from './named.ts';
import { roleCrns } from './role-names.ts';

/** The group that every identity is in. It gives the service ID nothing that others do not have. */
const PUBLIC_ACCESS = 'AccessGroupId-PublicAccess';

interface Attribute {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: unknown;
}

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });

/** The policy of version 2 that lets `iamId` pull from one namespace of one region. */
const policyFor = (iamId: string, place: readonly Attribute[], role_id: string, description: string) => ({
  type: 'access',
  description,
  subject: { attributes: [equal('iam_id', iamId)] },
  control: { grant: { roles: [{ role_id }] } },
  resource: { attributes: place },
});

const termsOf = (attributes: readonly Attribute[]): string =>
  attributes
    .map(({ key, operator, value }) => JSON.stringify([key, operator, value]))
    .sort()
    .join();

const isFor = (place: readonly Attribute[], role: string, policy: PolicyContent): boolean =>
  policy.control?.grant?.roles.length === 1 &&
  policy.control.grant.roles[0]?.role_id === role &&
  termsOf(policy.resource?.attributes ?? []) === termsOf(place);

/** A service ID that may pull from one namespace, and a way back. */
interface Prepared {
  readonly serviceId: ServiceId;
  /** Removes what was created for this command. Used where a later step fails. */
  undo(): Promise<void>;
}

/** The service IDs of pull secrets. Each may pull from one namespace of the region in use and do nothing else. */
export class PullServiceIds {
  readonly #connection: Connection;
  readonly #io: Io;

  constructor(connection: Connection, io: Io) {
    this.#connection = connection;
    this.#io = io;
  }

  /** A new API key of the service ID with this name. The service ID is created where it does not exist. */
  async newKey(name: string, namespace: string): Promise<string> {
    const { iam, account } = this.#connection;
    const { serviceId, undo } = await this.#prepared(name, namespace);
    try {
      const { apikey = '' } = await iam.apiKeys.create({
        name: await this.#freeKeyName(serviceId.iam_id),
        description: descriptionFor(namespace),
        iam_id: serviceId.iam_id,
        account_id: account,
      });
      return apikey;
    } catch (error) {
      await undo();
      throw error;
    }
  }

  async #prepared(name: string, namespace: string): Promise<Prepared> {
    const { iam, account } = this.#connection;
    const region = await this.#connection.region();
    const [role = ''] = await roleCrns(this.#connection, ['Reader'], undefined);
    const place = [
      equal('accountId', account),
      equal('serviceName', 'container-registry'),
      equal('region', region.name),
      equal('resourceType', 'namespace'),
      equal('resource', namespace),
    ];
    const namesakes = await iam.serviceIds.list({ account_id: account, name });
    const existing = namesakes.length > 0 ? theOne('service ID', namesakes, name) : undefined;
    const serviceId = existing ?? (await this.#created(name, namespace));
    const isMine = (policy: PolicyContent) => isFor(place, role, policy);
    const policies = existing ? await this.#policiesOf(serviceId, namespace, isMine) : [];
    const made = existing ? [] : [() => iam.serviceIds.remove(serviceId.id)];
    const undo = async () => {
      // the error that led here is the one that the person must see
      for (const take of made) await take().catch(() => {});
    };
    if (policies.length > 0) return { serviceId, undo };
    try {
      const description = descriptionFor(namespace);
      const { id } = await iam.policies.create('v2', policyFor(serviceId.iam_id, place, role, description));
      made.unshift(() => iam.policies.remove('v2', id));
      return { serviceId, undo };
    } catch (error) {
      await undo();
      throw error;
    }
  }

  #created(name: string, namespace: string): Promise<ServiceId> {
    const { iam, account } = this.#connection;
    return iam.serviceIds.create({ account_id: account, name, description: descriptionFor(namespace) });
  }

  /** The policies of an existing service ID. Throws where it may do more than pull from the namespace. */
  async #policiesOf(
    { name, iam_id }: ServiceId,
    namespace: string,
    isMine: (policy: PolicyContent) => boolean,
  ): Promise<PolicyContent[]> {
    const { iam } = this.#connection;
    const policies = await iam.policies.list('v2', { iam_id });
    const accessGroups = (await iam.accessGroups.list(iam_id)).filter(({ id }) => id !== PUBLIC_ACCESS);
    if (!policies.every(isMine) || accessGroups.length > 0) {
      throw new CliError(
        EXIT.FAILED,
        `The service ID '${name}' exists already and may do more than pull from '${namespace}'. Choose another name: --service-id-name NAME.`,
      );
    }
    this.#io.complain(`The service ID '${name}' exists already and gets another API key.`);
    return policies;
  }

  /** Each secret has a key of its own, so that each key can be deleted alone. */
  async #freeKeyName(iamId: string): Promise<string> {
    const { iam, account } = this.#connection;
    const query = { account_id: account, iam_id: iamId, scope: 'entity', type: 'serviceid' };
    const taken = new Set((await iam.apiKeys.list(query)).map(({ name }) => name));
    let name = 'pull-secret';
    for (let number = 2; taken.has(name); number++) name = `pull-secret-${number}`;
    return name;
  }
}

const descriptionFor = (namespace: string): string => `Pulls from ${namespace}`;
