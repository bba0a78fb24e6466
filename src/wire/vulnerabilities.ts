/** Reports of what was found in images, /va/api/v4. Source: IBM Vulnerability Advisor API v4, `report`. Nothing scans here. */
import { type Static, Type } from 'typebox';

/** Of IBM's words this registry says UNSCANNED. */
const ScanStatus = Type.String({ description: 'OK, WARN, FAIL, UNSUPPORTED, INCOMPLETE or UNSCANNED' });

/** The issues themselves are IBM's objects, and none is found here. */
const Issues = Type.Array(Type.Record(Type.String(), Type.Unknown()));

export const ScanReport = Type.Object({
  configuration_issues: Issues,
  id: Type.String({ description: 'Digest of the image' }),
  os_distribution: Type.Object({
    distribution_id: Type.Optional(Type.String()),
    version_id: Type.Optional(Type.String()),
    version_code_name: Type.Optional(Type.String()),
  }),
  scan_time: Type.Integer({ description: 'Seconds since the epoch; 0: never' }),
  status: ScanStatus,
  vulnerabilities: Issues,
});
export type ScanReport = Static<typeof ScanReport>;

const Counts = {
  configuration_issue_count: Type.Integer(),
  exempt_configuration_issue_count: Type.Integer(),
  exempt_issue_count: Type.Integer(),
  exempt_vulnerability_count: Type.Integer(),
  issue_count: Type.Integer(),
  scan_time: Type.Integer({ description: 'Seconds since the epoch; 0: never' }),
  status: ScanStatus,
  vulnerability_count: Type.Integer(),
};

export const ScanSummary = Type.Object(Counts);
export type ScanSummary = Static<typeof ScanSummary>;

export const ImageScanSummary = Type.Object({
  ...Counts,
  created_time: Type.Integer({ description: 'Seconds since the epoch' }),
  name: Type.String({ description: 'host/namespace/repository:tag' }),
});
export type ImageScanSummary = Static<typeof ImageScanSummary>;

export const ScanReportList = Type.Object({
  assessments: Type.Record(Type.String(), ScanReport, { description: 'By host/namespace/repository:tag' }),
});
export type ScanReportList = Static<typeof ScanReportList>;

export const ImageScanSummaryList = Type.Object({ images: Type.Array(ImageScanSummary) });
export type ImageScanSummaryList = Static<typeof ImageScanSummaryList>;

export const AccountReportQuery = Type.Object({
  repository: Type.Optional(Type.String({ maxLength: 600, description: 'With or without host[:port]/' })),
  includeIBM: Type.Optional(Type.Boolean({ description: 'There are no images of IBM here' })),
  includePrivate: Type.Optional(Type.Boolean({ description: 'false: leave out the images of the account' })),
});
export type AccountReportQuery = Static<typeof AccountReportQuery>;

/** `host/namespace/repository:tag` or `…@digest`, percent-encoded, with or without the host; without a tag: `latest`. */
export const ImageNamePath = Type.Object({ name: Type.String({ maxLength: 700 }) });

/** GET /api/v1/images/{image}/vulnerabilities. Source: bluemix-go, `ImageVulnerabilitiesResponse`. */
export const OldVulnerabilityReport = Type.Object({
  metadata: Type.Object({
    namespace: Type.String(),
    complete: Type.Boolean(),
    crawled_time: Type.String(),
    os_supported: Type.Boolean(),
  }),
  summary: Type.Object({
    malware: Type.Object({ compliant: Type.Boolean(), reason: Type.String() }),
    compliance: Type.Object({
      compliance_violations: Type.Integer(),
      reason: Type.String(),
      compliant: Type.Boolean(),
      total_compliance_rules: Type.Integer(),
      execution_status: Type.String(),
    }),
    secureconfig: Type.Object({
      misconfigured: Type.Integer(),
      correct_output: Type.Integer(),
      total_output_docs: Type.Integer(),
    }),
    vulnerability: Type.Object({
      total_packages: Type.Integer(),
      total_usns_for_distro: Type.Integer(),
      vulnerable_usns: Type.Integer(),
      vulnerable_packages: Type.Integer(),
    }),
  }),
  detail: Type.Object({ compliance: Issues, vulnerability: Issues }),
});
export type OldVulnerabilityReport = Static<typeof OldVulnerabilityReport>;
