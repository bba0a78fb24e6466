/**
 * Who may do what, route by route. ALLOWED names a set of principals (principals.ts). STATUS: what they get. REFUSED: what
 * the other members of the account get. FOREIGN: what all principals get on what belongs to another account; `404/403` gives
 * those first who would be allowed at home; `-`: the route is about the caller's own account only. SEEN: those
 * who may read the thing are told 403 where REFUSED says 404. A request without an access token, or with a registry token,
 * gets 401 unless everyone is allowed.
 */
const JSON_TABLE = `
METHOD PATH                                                  ALLOWED       STATUS REFUSED FOREIGN SEEN
GET    /oauth/token                                          everyone      200    -       -
POST   /oauth/token                                          everyone      200    -       -
POST   /identity/token                                       everyone      200    -       -
POST   /identity/introspect                                  signed-in     200    -       -
GET    /identity/keys                                        everyone      200    -       -
GET    /identity/.well-known/openid-configuration            everyone      200    -       -
POST   /identity/passcode                                    users         201    403     -
GET    /identity/passcode                                    everyone      200    -       -
POST   /identity/backchannel-logout/:issuer                  everyone      400    -       -
GET    /identity/authorize                                   everyone      302    -       -
POST   /identity/device_authorization                        everyone      200    -       -
GET    /console                                              everyone      200    -       -
HEAD   /console                                              everyone      200    -       -
GET    /console/*                                            everyone      200    -       -
HEAD   /console/*                                            everyone      200    -       -
GET    /console/files/:hash/*                                everyone      404    -       -
GET    /console/device                                       everyone      401    -       -
POST   /console/device                                       everyone      401    -       -
GET    /console/passcode                                     everyone      401    -       -
POST   /console/passcode                                     everyone      401    -       -
GET    /console/authorize                                    everyone      401    -       -
POST   /console/authorize                                    everyone      401    -       -
GET    /console/pages.css                                    everyone      200    -       -
GET    /console/session                                     everyone      200    -       -
POST   /console/session                                     everyone      401    -       -
POST   /console/session/token                               everyone      401    -       -
DELETE /console/session                                     everyone      204    -       -
GET    /console/session/sign-in/:issuer                     everyone      404    -       -
GET    /console/session/callback/:issuer                    everyone      400    -       -
POST   /console/session/link                                everyone      401    -       -
POST   /console/session/invitation                          everyone      401    -       -
GET    /identity/userinfo                                    signed-in     200    -       -
PUT    /v1/users/me/password                                 users         204    403     -
POST   /v1/invitations/accept                                everyone      200    -       -

POST   /v1/apikeys                                           admins        201    403     403
GET    /v1/apikeys                                           viewers       200    403     403
GET    /v1/apikeys/details                                   signed-in     200    -       -
POST   /v1/apikeys/leaked                                    everyone      200    -       -
GET    /v1/apikeys/:id                                       viewers       200    404     404
PUT    /v1/apikeys/:id                                       admins        200    404     404     viewers
DELETE /v1/apikeys/:id                                       admins        204    404     404     viewers
POST   /v1/apikeys/:id/lock                                  admins        204    404     404     viewers
DELETE /v1/apikeys/:id/lock                                  admins        204    404     404     viewers
POST   /v1/apikeys/:id/disable                               admins        204    404     404     viewers
DELETE /v1/apikeys/:id/disable                               admins        204    404     404     viewers
POST   /v1/apikeys/:id/rotate                                admins        200    404     404     viewers
DELETE /v1/apikeys/:id/previous_secret                       admins        204    404     404     viewers
POST   /v1/serviceids                                        editors       201    403     403
GET    /v1/serviceids                                        viewers       200    403     403
GET    /v1/serviceids/:id                                    viewers       200    404     404
PUT    /v1/serviceids/:id                                    editors       200    404     404     viewers
DELETE /v1/serviceids/:id                                    editors       204    404     404     viewers
POST   /v1/serviceids/:id/lock                               editors       204    404     404     viewers
DELETE /v1/serviceids/:id/lock                               admins        204    404     404     viewers
GET    /v1/accounts/:account_id/limits/identity              viewers       200    403     403
POST   /v1/accounts/:account_id/limits/identity              viewers       200    403     403
GET    /v1/accounts/:account_id/settings/identity            viewers       200    403     403
PUT    /v1/accounts/:account_id/settings/identity            admins        200    403     403
GET    /v1/accounts/:account_id/effective_settings/identity  viewers       200    403     403
GET    /v1/sessions                                          admins        200    403     -
PATCH  /v1/sessions/:id/state                                admins        204    404     404
GET    /v1/federated_identities                              viewers       200    403     -
DELETE /v1/federated_identities/:id                          signed-in     404    -       -
POST   /v1/activity/accounts/:account_id/report              admins        202    403     403
GET    /v1/activity/accounts/:account_id/report/:reference   admins        200    403     403

POST   /v1/profiles                                          editors       201    403     403
GET    /v1/profiles                                          viewers       200    403     403
GET    /v1/profiles/:id                                      viewers       200    404     404
PUT    /v1/profiles/:id                                      editors       200    404     404
DELETE /v1/profiles/:id                                      editors       204    404     404
POST   /v1/profiles/:id/rules                                admins        201    404     404
GET    /v1/profiles/:id/rules                                viewers       200    404     404
POST   /v1/profiles/:id/rules/explain                        viewers       200    404     404
GET    /v1/profiles/:id/rules/:trust                         viewers       200    404     404
PUT    /v1/profiles/:id/rules/:trust                         admins        200    404     404
DELETE /v1/profiles/:id/rules/:trust                         editors       204    404     404
POST   /v1/profiles/:id/links                                admins        201    404     404
GET    /v1/profiles/:id/links                                viewers       200    404     404
GET    /v1/profiles/:id/links/:trust                         viewers       200    404     404
DELETE /v1/profiles/:id/links/:trust                         editors       204    404     404
DELETE /v1/profiles/:id/links                                editors       204    404     404
GET    /v1/profiles/:id/identities                           viewers       200    404     404
PUT    /v1/profiles/:id/identities                           admins        200    404     404
POST   /v1/profiles/:id/identities/:type                     admins        200    404     404
GET    /v1/profiles/:id/identities/:type/:identifier         viewers       200    404     404
DELETE /v1/profiles/:id/identities/:type/:identifier         editors       204    404     404
GET    /v2/accounts/:account/users                           viewers       200    403     403
POST   /v2/accounts/:account/users                           admins        202    403     403
GET    /v2/accounts/:account/users/:iam_id                   viewers       200    404     404
PATCH  /v2/accounts/:account/users/:iam_id                   admins        204    404     404
DELETE /v2/accounts/:account/users/:iam_id                   admins        204    404     404
GET    /v2/accounts/:account/users/:iam_id/settings          viewers       200    404     404
PATCH  /v2/accounts/:account/users/:iam_id/settings          admins        204    404     404

GET    /v1/policies                                          members       200    -       403
POST   /v1/policies                                          admins        201    403     403
GET    /v1/policies/:id                                      viewers       200    404     404
PUT    /v1/policies/:id                                      admins        200    404     404
PATCH  /v1/policies/:id                                      admins        200    404     404
DELETE /v1/policies/:id                                      admins        204    404     404
GET    /v2/policies                                          members       200    -       403
POST   /v2/policies                                          admins        201    403     403
GET    /v2/policies/:id                                      viewers       200    404     404
PUT    /v2/policies/:id                                      admins        200    404     404
DELETE /v2/policies/:id                                      admins        204    404     404
GET    /v2/roles                                             members       200    -       403
POST   /v2/roles                                             admins        201    403     403
GET    /v2/roles/:id                                         viewers       200    404     404
PUT    /v2/roles/:id                                         admins        200    404     404
DELETE /v2/roles/:id                                         admins        204    404     404

POST   /v2/groups                                            editors       201    403     403
GET    /v2/groups                                            members       200    -       403
GET    /v2/groups/:id                                        viewers       200    404     404
PATCH  /v2/groups/:id                                        editors       200    404     404
DELETE /v2/groups/:id                                        editors       204    404     404
PUT    /v2/groups/:id/members                                admins        207    404     404
GET    /v2/groups/:id/members                                viewers       200    404     404
HEAD   /v2/groups/:id/members/:iam_id                        viewers       204    404     404
DELETE /v2/groups/:id/members/:iam_id                        editors       204    404     404
POST   /v2/groups/:id/members/delete                         editors       207    404     404
PUT    /v2/groups/_allgroups/members/:iam_id                 members       207    -       403
DELETE /v2/groups/_allgroups/members/:iam_id                 editors       207    404     403
POST   /v2/groups/:id/rules                                  admins        201    404     404
GET    /v2/groups/:id/rules                                  viewers       200    404     404
GET    /v2/groups/:id/rules/:rule_id                         viewers       200    404     404
PUT    /v2/groups/:id/rules/:rule_id                         admins        200    404     404
DELETE /v2/groups/:id/rules/:rule_id                         editors       204    404     404
GET    /v2/groups/settings                                   viewers       200    403     403
PATCH  /v2/groups/settings                                   admins        200    403     403
GET    /v1/accounts/:account_id/settings/access_management   viewers       200    404     404
PATCH  /v1/accounts/:account_id/settings/access_management   admins        200    404     404
GET    /v1/policy_templates                                  members       200    -       403
GET    /v1/policy_assignments                                members       200    -       403
GET    /v1/action_control_templates                          members       200    -       403
GET    /v1/action_control_assignments                        members       200    -       403
GET    /v1/role_templates                                    members       200    -       403
GET    /v1/role_assignments                                  members       200    -       403
GET    /v1/group_templates                                   members       200    -       403
GET    /v1/group_assignments                                 members       200    -       403
GET    /v2/resource_groups                                   members       200    -       403
POST   /v2/resource_groups                                   editors       201    403     403
GET    /v2/resource_groups/:id                               viewers       200    404     404
PATCH  /v2/resource_groups/:id                               editors       200    404     404
DELETE /v2/resource_groups/:id                               editors       204    404     404
GET    /v2/quota_definitions                                 signed-in     200    -       -
GET    /v2/quota_definitions/:id                             signed-in     200    -       -
GET    /v1/explain/:request_id                               admins        200    404     404
POST   /v1/explain                                           admins        200    403     404/403
POST   /v1/explain/questions                                 admins        200    403     200/403
POST   /v1/explain/removal                                   admins        200    404     404     viewers

GET    /api/v1/namespaces                                    members       200    -       401
GET    /api/v1/namespaces/details                            members       200    -       401
PUT    /api/v1/namespaces/:name                              managers      201    403     401
PATCH  /api/v1/namespaces/:name                              admins        200    403     401
DELETE /api/v1/namespaces/:name                              managers      204    403     401
GET    /api/v1/images                                        members       200    -       401
GET    /api/v1/images/:image/json                            inspectors    200    403     401
GET    /api/v1/images/:image/manifest                        inspectors    200    403     401
GET    /api/v1/images/:image/vulnerabilities                 inspectors    200    403     401
POST   /api/v1/images/digests                                members       200    -       401
POST   /api/v1/images/tags                                   deleters      201    403     401
DELETE /api/v1/tags/:image                                   deleters      200    403     401
GET    /api/v1/namespaces/:name/protections                  inspectors    200    403     401
POST   /api/v1/namespaces/:name/protections                  managers      201    403     401
DELETE /api/v1/namespaces/:name/protections/:id              managers      204    403     401
GET    /api/v1/holds                                         members       200    -       401
PUT    /api/v1/holds/:image                                  managers      201    403     401
DELETE /api/v1/holds/:image                                  managers      204    403     401
GET    /api/v1/webhooks                                      members       200    -       401
POST   /api/v1/webhooks                                      admins        201    403     401
GET    /api/v1/webhooks/:id                                  admins        200    404     401
PATCH  /api/v1/webhooks/:id                                  admins        200    404     401
DELETE /api/v1/webhooks/:id                                  admins        204    404     401
POST   /api/v1/webhooks/:id/rotate                           admins        200    404     401
POST   /api/v1/webhooks/:id/test                             admins        202    404     401
GET    /api/v1/webhooks/:id/deliveries                       admins        200    404     401
GET    /api/v1/webhooks/:id/deliveries/:delivery             admins        200    404     401
POST   /api/v1/webhooks/:id/deliveries/:delivery/redeliver   admins        409    404     401
DELETE /api/v1/images/:image                                 deleters      200    403     401
POST   /api/v1/images/bulkdelete                             members       200    -       401
GET    /api/v1/trash                                         members       200    -       401
DELETE /api/v1/trash                                         managers      200    403     401
POST   /api/v1/trash/:image/restore                          deleters      200    403     401
POST   /api/v1/trash/:image/restoretags                      deleters      200    403     401
GET    /api/v1/regions                                       everyone      200    -       -
POST   /api/v1/tokens                                        admins        200    403     401
GET    /api/v1/tokens                                        admins        200    403     401
GET    /api/v1/tokens/:id                                    admins        200    403     401
DELETE /api/v1/tokens/:id                                    admins        200    403     401
DELETE /api/v1/tokens                                        admins        200    403     401
GET    /api/v1/auth                                          configurers   200    403     401
PATCH  /api/v1/auth                                          configurers   204    403     401
GET    /api/v1/usage                                         users-of-all  200    403     401
GET    /api/v1/secrets                                       members       200    -       401
GET    /api/v1/usage/repositories                            members       200    -       401
GET    /api/v1/repositories                                  members       200    -       401
GET    /api/v1/tags                                          members       200    -       401
GET    /api/v1/search                                        members       200    -       401
GET    /api/v1/accounts/mine                                 signed-in     200    -       -
GET    /api/v1/quotas                                        users-of-all  200    403     401
PATCH  /api/v1/quotas                                        managers      200    403     401
GET    /api/v1/plans                                         managers      200    403     401
PATCH  /api/v1/plans                                         managers      200    403     401
GET    /api/v1/settings                                      users-of-all  200    403     401
PATCH  /api/v1/settings                                      managers      204    403     401
GET    /api/v1/messages                                      everyone      204    -       -
POST   /api/v1/builds                                        signed-in     410    -       -

GET    /va/api/v4/report/account                             signed-in     200    -       -
GET    /va/api/v4/report/account/status                      signed-in     200    -       -
GET    /va/api/v4/report/image/:name                         report-readers 200    404     404
GET    /va/api/v4/report/image/status/:name                  report-readers 200    404     404
GET    /va/api/v4/exempt/types                               signed-in     200    -       -
GET    /va/api/v4/exempt/image                               exemption-readers 200    403     -
GET    /va/api/v4/exempt/image/:resource                     exemption-readers 200    403     -
GET    /va/api/v4/exemptions/account                         exemption-readers 200    403     -
GET    /va/api/v4/exemptions/image/:resource                 exemption-readers 200    403     -
POST   /va/api/v4/exemptions/images                          exemption-readers 200    403     -
POST   /va/api/v4/exemptions/deleteAll                       managers      200    403     -
GET    /va/api/v4/exempt/image/issue/:issueType/:issueID     exemption-readers 200    403     -
POST   /va/api/v4/exempt/image/issue/:issueType/:issueID     managers      201    403     -
DELETE /va/api/v4/exempt/image/issue/:issueType/:issueID     managers      200    403     -
GET    /va/api/v4/exempt/image/:resource/issue/:issueType/:issueID exemption-readers 200    403     -
POST   /va/api/v4/exempt/image/:resource/issue/:issueType/:issueID managers      201    403     -
DELETE /va/api/v4/exempt/image/:resource/issue/:issueType/:issueID managers      200    403     -

GET    /api/v1/retentions                                    members       200    -       401
GET    /api/v1/retentions/:namespace                         readers       200    404     401
POST   /api/v1/retentions                                    managers      201    404     401     users-of-all
POST   /api/v1/retentions/analyze                            readers       200    404     401
POST   /api/v1/retentions/explain                            readers       200    404     401
POST   /api/v1/retentions/:namespace/runs                    managers      202    404     401     readers
GET    /api/v1/retentions/:namespace/runs                    readers       200    404     401
GET    /api/v1/retentions/:namespace/runs/:id                readers       200    404     401

GET    /api/v1/audit/events                                  admins        200    403     -
GET    /api/v1/audit/events/export                           admins        200    403     -
GET    /api/v1/audit/settings                                admins        200    403     -
PUT    /api/v1/audit/settings                                admins        200    403     -
GET    /api/v1/audit/hold                                    admins        200    403     -
PUT    /api/v1/audit/hold                                    admins        200    403     -
DELETE /api/v1/audit/hold                                    operator      204    403     -
GET    /api/v1/audit/checkpoints                             operator      200    403     -
POST   /api/v1/audit/checkpoints                             operator      201    403     -
POST   /api/v1/audit/verify                                  operator      200    403     -

POST   /api/v1/accounts                                      operator      201    403     -
GET    /api/v1/accounts                                      operator      200    403     -
GET    /api/v1/accounts/:account_id                          operator      200    403     -
POST   /api/v1/accounts/:account_id/suspend                  operator      200    403     -
POST   /api/v1/accounts/:account_id/resume                   operator      200    403     -
POST   /api/v1/accounts/:account_id/delete                   operator      202    403     -
GET    /api/v1/accounts/:account_id/quota                    operator      200    403     -
PUT    /api/v1/accounts/:account_id/quota                    operator      204    403     -
DELETE /api/v1/accounts/:account_id/quota                    operator      204    403     -
GET    /api/v1/signing-keys                                  operator      200    403     -
POST   /api/v1/signing-keys                                  operator      201    403     -
POST   /api/v1/signing-keys/:id/retire                       operator      404    403     -
GET    /api/v1/signing-keys/:id/tokens                       operator      200    403     -
GET    /api/v1/system                                        operator      200    403     -
GET    /api/v1/warnings                                      admins        200    403     -
POST   /api/v1/warnings/looks                                operator      202    403     -
PUT    /api/v1/accounts/:account_id/namespaces/:name/resource_group operator 200    403     -
GET    /api/v1/oversized-policies                            operator      200    403     -
POST   /api/v1/users/reset                                   operator      200    403     -
GET    /api/v1/issuers                                       operator      200    403     -
PATCH  /api/v1/issuers/:name                                 operator      404    403     -
GET    /api/v1/gc                                            operator      200    403     -
POST   /api/v1/gc/runs                                       operator      202    403     -
GET    /api/v1/gc/runs/:id                                   operator      200    403     -
GET    /api/v1/gc/holders/:digest                            operator      200    403     -
POST   /api/v1/gc/verify                                     operator      200    403     -
GET    /api/v1/backups                                       operator      200    403     -
POST   /api/v1/backups                                       operator      400    403     -
GET    /api/v1/backups/:id                                   operator      404    403     -
GET    /api/v1/backups/snapshots                             operator      400    403     -
POST   /api/v1/backups/verify                                operator      400    403     -
POST   /api/v1/backups/prune                                 operator      400    403     -
POST   /api/v1/backups/key                                   operator      400    403     -

GET    /api/openapi.json                                     everyone      200    -       -
GET    /api/doc                                              everyone      200    -       -
GET    /                                                     everyone      302    -       -
GET    /healthz                                              everyone      200    -       -
GET    /readyz                                               everyone      200    -       -
GET    /metrics                                              operator      200    403     -

GET    /v1/serviceid_groups                                  members       200    -       403
POST   /v1/serviceid_groups                                  signed-in     404    -       -
ANY    /v1/serviceid_groups/*                                signed-in     404    -       -
ANY    /v1/mfa                                               signed-in     404    -       -
ANY    /v1/mfa/*                                             signed-in     404    -       -
ANY    /v1/preferences                                       signed-in     404    -       -
ANY    /v1/preferences/*                                     signed-in     404    -       -
GET    /v1/profile_templates                                 members       200    -       403
POST   /v1/profile_templates                                 signed-in     404    -       -
ANY    /v1/profile_templates/*                               signed-in     404    -       -
GET    /v1/profile_assignments                               members       200    -       403
POST   /v1/profile_assignments                               signed-in     404    -       -
ANY    /v1/profile_assignments/*                             signed-in     404    -       -
GET    /v1/account_settings_templates                        members       200    -       403
POST   /v1/account_settings_templates                        signed-in     404    -       -
ANY    /v1/account_settings_templates/*                      signed-in     404    -       -
GET    /v1/account_settings_assignments                      members       200    -       403
POST   /v1/account_settings_assignments                      signed-in     404    -       -
ANY    /v1/account_settings_assignments/*                    signed-in     404    -       -
`;

/**
 * The same of the registry protocol, in the namespace birds. A principal that is not allowed gets 401, whether the namespace is
 * closed to them, another account's or not there at all.
 */
const V2_TABLE = `
METHOD PATH       ALLOWED        STATUS
GET    base       authenticated  200
HEAD   base       authenticated  200
GET    catalog    authenticated  200
HEAD   catalog    authenticated  200
GET    blob       pullers        200
HEAD   blob       pullers        200
GET    manifest   pullers        200
HEAD   manifest   pullers        200
GET    tags       pullers        200
HEAD   tags       pullers        200
GET    referrers  pullers        200
HEAD   referrers  pullers        200
POST   uploads    pushers        202
PATCH  upload     pushers        202
PUT    upload     pushers        201
GET    upload     pushers        204
DELETE upload     pushers        204
PUT    manifest   pushers        201
DELETE manifest   deleters       202
DELETE blob       deleters       202
`;

export interface JsonRow {
  /** `METHOD /path`. */
  readonly route: string;
  readonly allowed: string;
  readonly status: number;
  readonly refused: number | undefined;
  /** What those get who would be allowed at home, and what the others get. */
  readonly foreign: readonly [number, number] | undefined;
  /** Who is told something else than `refused`, and what. */
  readonly seen: readonly [set: string, status: number] | undefined;
}

export interface V2Row {
  readonly route: string;
  readonly allowed: string;
  readonly status: number;
}

const linesOf = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('METHOD'))
    .map((line) => line.trim().split(/\s+/));

const numberOf = (text: string): number | undefined => (text === '-' ? undefined : Number(text));

const seenOf = (text: string | undefined): JsonRow['seen'] => {
  if (text === undefined) return undefined;
  const [set = '', status = '403'] = text.split('=');
  return [set, Number(status)];
};

export const JSON_ROWS: readonly JsonRow[] = linesOf(JSON_TABLE).map(
  ([method, path, allowed = '', status, refused = '-', foreign = '-', seen]) => {
    const [able, unable = able] = foreign.split('/').map(numberOf);
    return {
      route: `${method} ${path}`,
      allowed,
      status: Number(status),
      refused: numberOf(refused),
      foreign: able === undefined || unable === undefined ? undefined : [able, unable],
      seen: seenOf(seen),
    };
  },
);

export const V2_ROWS: readonly V2Row[] = linesOf(V2_TABLE).map(([method, path, allowed = '', status]) => ({
  route: `${method} ${path}`,
  allowed,
  status: Number(status),
}));
