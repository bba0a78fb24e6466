/**
 * What is known of the issuers that many people use: which of their claims say whose a token is, and which tokens come
 * from work that a stranger can start. Sources: the issuers' own documentation of their ID tokens.
 */
export interface Preset {
  /** `iss`, where the whole world shares one. */
  readonly issuer?: string;
  /** Hosts of an `iss` that is this platform's for certain, where it serves the whole world. */
  readonly hosts?: RegExp;
  /** Hosts beside the issuer's own that its discovery document may name for keys. */
  readonly keyHosts?: readonly string[];
  /** Claims of which a rule must name all of one set with EQUALS or IN, since anyone can have a token of this issuer. */
  readonly bindings: readonly Binding[];
  /** Claims that are lists: CONTAINS compares their elements. */
  readonly lists?: readonly string[];
  /** Claims that are names in which capitals do not count. */
  readonly names?: readonly string[];
  /** Claims that their subject can choose: no rule may have a condition on them. */
  readonly chosen?: readonly string[];
  readonly guards?: readonly Guard[];
  /** Claims that say who it was, for the session and the audit log. */
  readonly told: readonly string[];
}

export interface Binding {
  readonly claims: readonly string[];
  /** Said to those who make such a rule. */
  readonly warning?: string;
}

/** Tokens with such a claim match no rule that has no condition on it. */
export interface Guard {
  readonly claim: string;
  readonly refused: readonly unknown[];
  /** A token without the claim is refused too. */
  readonly required?: true;
}

const PROJECT = 'oidc.circleci.com/project-id';

const oneOf = (...claims: string[]): Binding[] => claims.map((claim) => ({ claims: [claim] }));

export const PRESETS = {
  github: {
    issuer: 'https://token.actions.githubusercontent.com',
    hosts: /^(token\.actions\.githubusercontent\.com|token\.actions\.[^.]+\.ghe\.com)$/,
    bindings: [
      ...oneOf('repository_id', 'repository_owner_id', 'enterprise_id'),
      {
        claims: ['repository', 'repository_owner'],
        warning:
          'this rule goes by names, which can be given to others after a rename or a deletion: add conditions on repository_id and repository_owner_id',
      },
    ],
    names: ['repository', 'repository_owner', 'actor'],
    // these run with the rights of the repository on what anyone may have sent
    guards: [
      {
        claim: 'event_name',
        refused: ['pull_request', 'pull_request_target', 'workflow_run', 'issue_comment'],
        required: true,
      },
    ],
    told: [
      'repository',
      'repository_id',
      'repository_owner_id',
      'ref',
      'sha',
      'workflow_ref',
      'job_workflow_ref',
      'run_id',
      'run_attempt',
      'environment',
      'event_name',
      'actor',
    ],
  },
  gitlab: {
    issuer: 'https://gitlab.com',
    hosts: /^gitlab\.com$/,
    bindings: oneOf('project_id', 'namespace_id'),
    lists: ['groups_direct'],
    told: [
      'project_path',
      'project_id',
      'namespace_id',
      'ref',
      'ref_path',
      'sha',
      'pipeline_id',
      'job_id',
      'environment',
      'pipeline_source',
      'user_login',
    ],
  },
  kubernetes: {
    bindings: oneOf('sub', '/kubernetes.io/serviceaccount/uid', '/kubernetes.io/namespace'),
    told: ['/kubernetes.io/namespace', '/kubernetes.io/serviceaccount/name', '/kubernetes.io/pod/name'],
  },
  buildkite: {
    issuer: 'https://agent.buildkite.com',
    hosts: /^agent\.buildkite\.com$/,
    bindings: oneOf('organization_id', 'pipeline_id', 'organization_slug'),
    told: [
      'organization_slug',
      'pipeline_slug',
      'build_number',
      'build_branch',
      'build_tag',
      'build_commit',
      'step_key',
      'job_id',
    ],
  },
  circleci: {
    hosts: /^oidc\.circleci\.com$/,
    bindings: oneOf(PROJECT, 'oidc.circleci.com/vcs-origin'),
    lists: ['oidc.circleci.com/context-ids'],
    // a person with a shell in the job chose what runs in it
    guards: [{ claim: 'oidc.circleci.com/ssh-rerun', refused: [true] }],
    told: [PROJECT, 'oidc.circleci.com/vcs-origin', 'oidc.circleci.com/vcs-ref', 'oidc.circleci.com/job-id'],
  },
  bitbucket: {
    hosts: /^api\.bitbucket\.org$/,
    bindings: oneOf('repositoryUuid', 'workspaceUuid'),
    told: ['repositoryUuid', 'pipelineUuid', 'stepUuid', 'branchName', 'deploymentEnvironmentUuid'],
  },
  google: {
    issuer: 'https://accounts.google.com',
    hosts: /^accounts\.google\.com$/,
    keyHosts: ['www.googleapis.com'],
    bindings: oneOf('sub'),
    chosen: ['name', 'picture'],
    told: ['email', 'azp'],
  },
  azure: {
    hosts: /^(login\.microsoftonline\.com|sts\.windows\.net)$/,
    keyHosts: ['login.microsoftonline.com'],
    bindings: [{ claims: ['tid', 'oid'] }, { claims: ['tid', 'appid'] }, { claims: ['tid', 'azp'] }],
    lists: ['roles', 'groups'],
    chosen: ['email', 'upn', 'preferred_username', 'unique_name', 'name'],
    told: ['tid', 'oid', 'appid', 'azp', 'idtyp'],
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** Of an issuer without a preset: any claim of its own that a rule compares exactly tells whose a token is. */
const OTHER: Preset = { bindings: [], told: ['client_id', 'azp'] };

/** The platform whose `iss` this is, whatever is declared of it; undefined for one that is not known by its host. */
export const presetOfIss = (iss: string): PresetName | undefined => {
  // Google writes its own without https:// too
  const host =
    iss
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .split(/[/:?#]/, 1)[0] ?? '';
  const names = Object.keys(PRESETS) as PresetName[];
  return names.find((name) => (PRESETS[name] as Preset).hosts?.test(host));
};

export const presetOf = (name: PresetName | undefined): Preset =>
  name === undefined ? OTHER : PRESETS[name];
