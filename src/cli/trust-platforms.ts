import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import { kubeletPastes, podPaste } from './kubelet-config.ts';
import type { Paste, Pasted } from './trust-paste.ts';

export interface Condition {
  readonly claim: string;
  readonly operator: string;
  readonly value: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** What a person says of a build, in the words of its platform. */
export interface Asked {
  /** OWNER/REPO, GROUP/PROJECT, NAMESPACE/ACCOUNT. */
  readonly subject: string;
  readonly input: Input;
  /** The claims of a token of such a build, where one was given. They are not verified here. */
  readonly claims: Claims | undefined;
}

/** A platform of builds or workloads: its issuer, and the conditions that say which of its tokens are trusted. */
export interface Platform {
  readonly name: 'github' | 'gitlab' | 'kubernetes';
  readonly issuer: string | undefined;
  readonly subject: string;
  readonly summary: string;
  conditions(asked: Asked): Condition[];
  /** What is pasted into the platform's own files. */
  pastes(login: Pasted): Paste[];
}

const equals = (claim: string, value: string): Condition => ({
  claim,
  operator: 'EQUALS',
  value: JSON.stringify(value),
});

/** The id that an option or the token names. */
const idOf = ({ input, claims }: Asked, option: string, claim: string): string | undefined => {
  const found = input.text(option) ?? claims?.[claim];
  return typeof found === 'string' ? found : undefined;
};

/** The conditions of the options that were given, each with its claim. */
const optional = (pairs: readonly (readonly [claim: string, value: string | undefined])[]): Condition[] =>
  pairs.flatMap(([claim, value]) => (value === undefined ? [] : [equals(claim, value)]));

const refuseOther = ({ claims, subject }: Asked, claim: string): void => {
  const actual = claims?.[claim];
  if (actual === undefined || actual === subject) return;
  throw new CliError(EXIT.USAGE, `The token is of '${String(actual)}', not of '${subject}'.`);
};

const branchRef = (input: Input): string | undefined => {
  const branch = input.text('branch');
  return branch === undefined ? undefined : `refs/heads/${branch}`;
};

const GITHUB: Platform = {
  name: 'github',
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'OWNER/REPO',
  summary: 'Let the workflows of a GitHub repository push or pull without a stored secret',
  conditions(asked) {
    refuseOther(asked, 'repository');
    const [owner = ''] = asked.subject.split('/');
    const [repository, ownerId] = [
      idOf(asked, 'repositoryId', 'repository_id'),
      idOf(asked, 'ownerId', 'repository_owner_id'),
    ];
    const bound =
      repository === undefined
        ? [
            equals('repository', asked.subject),
            equals('repository_owner', owner),
            ...optional([['repository_owner_id', ownerId]]),
          ]
        : [equals('repository_id', repository), ...optional([['repository_owner_id', ownerId]])];
    return [
      ...bound,
      ...optional([
        ['ref', branchRef(asked.input)],
        ['environment', asked.input.text('environment')],
      ]),
    ];
  },
  pastes: ({ profile, host, audience }) => [
    {
      into: 'a job of the workflow',
      lines: [
        'permissions:',
        '  id-token: write',
        '  contents: read',
        'steps:',
        '  - run: |',
        `      token=$(curl -sSf -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${encodeURIComponent(audience)}" | jq -r .value)`,
        '      echo "::add-mask::$token"',
        `      echo "$token" | docker login -u ${profile} --password-stdin ${host}`,
      ],
    },
  ],
};

const GITLAB: Platform = {
  name: 'gitlab',
  issuer: 'https://gitlab.com',
  subject: 'GROUP/PROJECT',
  summary: 'Let the pipelines of a GitLab project push or pull without a stored secret',
  conditions(asked) {
    refuseOther(asked, 'project_path');
    const project = idOf(asked, 'projectId', 'project_id');
    if (project === undefined)
      throw new CliError(
        EXIT.USAGE,
        'Paths can be given to others: give --project-id N, or --from-token @FILE.',
      );
    const { input } = asked;
    return [
      equals('project_id', project),
      ...optional([
        ['ref_path', branchRef(input)],
        ['environment', input.text('environment')],
      ]),
    ];
  },
  pastes: ({ profile, host, audience }) => [
    {
      into: '.gitlab-ci.yml',
      lines: [
        'push:',
        '  id_tokens:',
        '    TIDEGATE_ID_TOKEN:',
        `      aud: ${audience}`,
        '  script:',
        `    - echo "$TIDEGATE_ID_TOKEN" | docker login -u ${profile} --password-stdin ${host}`,
      ],
    },
  ],
};

const KUBERNETES: Platform = {
  name: 'kubernetes',
  issuer: undefined,
  subject: 'NAMESPACE/ACCOUNT',
  summary: 'Let a service account of a Kubernetes cluster push or pull without a stored secret',
  conditions: ({ subject }) => {
    const [namespace, account] = subject.split('/');
    return [equals('sub', `system:serviceaccount:${namespace}:${account}`)];
  },
  pastes: (login) => [...kubeletPastes(login), podPaste(login)],
};

export const PLATFORMS: readonly Platform[] = [GITHUB, GITLAB, KUBERNETES];
