/** The report's fixed vocabularies: their order from worst to best, and what a reader sees. */

export const RISKS = ["critical", "high", "medium", "low"] as const;
export const ADMIN = ["direct", "escalates", "conditional", "unknown", "none"] as const;
export const READS = ["all", "some", "conditional", "unknown", "none"] as const;
export const COVERAGE = ["failed", "skipped", "partial", "complete"] as const;
const STATUS = ["open", "accepted"] as const;
const ANALYSIS = ["failed", "partial", "complete"] as const;

const ORDERS: Record<string, readonly string[]> = {
  risk_level: RISKS,
  open_risk_level: RISKS,
  risk_status: STATUS,
  admin_access: ADMIN,
  coverage: COVERAGE,
  analysis_status: ANALYSIS,
};

const LABELS: Record<string, string> = {
  direct: "Administrator",
  escalates: "Can become one",
  conditional: "Conditional",
  unknown: "Unknown",
  none: "None",
  all: "All",
  some: "Some",
  iam_user: "IAM user",
  person: "A person",
  pipeline: "A pipeline",
  aws_workload: "A workload on AWS",
  outside_workload: "A workload elsewhere",
  root: "Root user",
  kms_key: "KMS key",
  db_cluster: "Database cluster",
  db_instance: "Database instance",
  ssh_public_key: "SSH public key",
};

/** The rank order of a column's words, worst first; undefined for columns that sort by their text. */
export function orderOf(column: string, capabilities: ReadonlySet<string>): readonly string[] | undefined {
  return capabilities.has(column) ? READS : ORDERS[column];
}

export function wordOf(value: string): string {
  return LABELS[value] ?? sentence(value);
}

/** `replace_with_role` as `Replace with role`. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const TITLES: Record<string, string> = {
  access_key_id: "Access key",
  account_id: "Account ID",
  account_name: "Account",
  user_name: "User",
  risk_level: "Risk",
  admin_access: "Administrator",
  key_age_days: "Age (days)",
  days_since_last_used: "Last used (days ago)",
  key_last_used_service: "Last service",
  recommended_action: "Next step",
  ou_path: "Organizational unit",
  mfa_active: "MFA",
  known_leaked: "Known to be leaked",
  risk_status: "Open or accepted",
  exception_id: "Exception",
  exception_expires: "Accepted until",
  open_risk_level: "Open risk",
  store_name: "Store",
  store_type: "Kind",
  store_arn: "ARN",
  store_region: "Region",
  store_tags: "Tags",
  store_key_arn: "Encrypted with",
  policy_status: "Own policy",
  sensitive: "Sensitive",
  keys_direct: "As themselves",
  keys_through_roles: "Through roles",
  keys_as_administrators: "As administrators",
  other_accounts: "Accounts let in",
  open_to_all: "Open to all",
  object_acls: "Object ACLs",
  credential_kind: "Kind",
  credential_id: "Credential",
  credential_service: "Service",
  credential_age_days: "Age (days)",
  credential_expires_at: "Expires",
  credential_last_used_at: "Last used",
  permits: "Permits",
  probable_user: "Probably used by",
  probable_user_sign: "As told by",
};

/** Shorter headings for the columns that people look at most; null leaves the schema's own title. */
export function shortTitle(name: string): string | null {
  return TITLES[name] ?? null;
}

const NUMBER = new Intl.NumberFormat("en");

export function count(value: number): string {
  return NUMBER.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function days(value: number | null): string {
  if (value === null) return "";
  if (value < 90) return plural(value, "day");
  return value < 730 ? plural(Math.round(value / 30.44), "month") : `${(value / 365.25).toFixed(1)} years`;
}
