import type { Command } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { table } from '../../table.ts';
import { VERSION } from '../../version.ts';

const api: Command = {
  name: 'api',
  summary: 'Show the endpoint of the registry API',
  async run({ io, connect }) {
    const { registryEndpoint } = await connect();
    io.lines(table([['Registry API endpoint', `${registryEndpoint}/api`]]));
    io.ok();
  },
};

const moreAbout = async (connection: Connection, path: string): Promise<string[][]> => {
  const { name, hosts, aliases } = await connection.region();
  const { exp, iam_id } = connection.accessTokens.claims;
  return [
    ['Region', [name, ...aliases].join(', ')],
    ['Region hosts', hosts.join(', ') || '-'],
    ['IAM ID', iam_id],
    ['Access token expires', new Date(exp * 1000).toISOString()],
    ['Session file', path],
  ];
};

const info: Command = {
  name: 'info',
  summary: 'Show the registry, its endpoints and the account',
  flags: [{ flags: '--verbose', summary: 'Show region, identity and session too' }],
  async run({ io, connect, file }, input) {
    const connection = await connect();
    const { registry } = await connection.region();
    const rows = [
      ['Client version', VERSION],
      ['Container Registry', registry],
      ['Container Registry API endpoint', `${connection.registryEndpoint}/api`],
      ['IAM endpoint', `${connection.endpoint}/identity`],
      ['Account', connection.account],
      ['User', connection.user],
    ];
    if (input.on('verbose')) rows.push(...(await moreAbout(connection, file.path)));
    io.lines(table(rows));
    io.ok();
  },
};

export const infoCommands: readonly Command[] = [api, info];
