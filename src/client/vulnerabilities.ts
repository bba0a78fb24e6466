import { Exemption, ExemptionList, ExemptionTypeList } from '../wire/exemptions.ts';
import { ScanReport } from '../wire/vulnerabilities.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/va/api/v4';

/** An issue, and where it is exempt: `*`, a namespace, a repository or an image. */
export interface ExemptIssue {
  readonly scope: string;
  readonly issueType: string;
  readonly issueId: string;
}

const pathOf = ({ scope, issueType, issueId }: ExemptIssue): string => {
  const resource = scope === '*' ? '' : `/${segment(scope)}`;
  return `${PATH}/exempt/image${resource}/issue/${segment(issueType)}/${segment(issueId)}`;
};

/** Reports and exemptions of the token's account in the region `client` calls. */
export class VulnerabilityClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** `image`: with or without the registry's host; without a tag it is `latest`. */
  async report(image: string): Promise<ScanReport> {
    const path = `${PATH}/report/image/${segment(image)}`;
    return (await this.#client.send({ method: 'GET', path, answer: ScanReport })).body;
  }

  async addExemption(issue: ExemptIssue): Promise<Exemption> {
    return (await this.#client.send({ method: 'POST', path: pathOf(issue), answer: Exemption })).body;
  }

  async removeExemption(issue: ExemptIssue): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: pathOf(issue) });
  }

  /** All of them; `scope`: those that hold for it, its own and those of wider scopes. */
  async exemptions(scope?: string): Promise<ExemptionList> {
    const path =
      scope === undefined ? `${PATH}/exemptions/account` : `${PATH}/exemptions/image/${segment(scope)}`;
    const query = { includeScope: 'true' };
    return (await this.#client.send({ method: 'GET', path, query, answer: ExemptionList })).body;
  }

  async exemptionTypes(): Promise<ExemptionTypeList> {
    const path = `${PATH}/exempt/types`;
    return (await this.#client.send({ method: 'GET', path, answer: ExemptionTypeList })).body;
  }
}
