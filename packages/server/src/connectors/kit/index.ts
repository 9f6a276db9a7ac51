export {
  type Action,
  type ActionContext,
  type ActionPlan,
  type Applied,
  type Check,
  type ConnectionFound,
  type ConnectionTest,
  type Connector,
  defineAction,
  defineCheck,
  defineConnector,
  deliveryOf,
  type PlannedChange,
  type Proof,
  type ResourceClaim,
  type Undone,
} from './action.ts';
export { type AddressRules, forbiddenReason, guardedLookup, refuseForbiddenHost } from './addresses.ts';
export {
  type ConnectorCode,
  codeOf,
  connectorFault,
  type Effect,
  type FaultFacts,
  faultOfNetwork,
  faultOfStatus,
  mayHaveHappened,
  RETRY_LATER,
  RETRY_SOON,
  withHonestRetry,
} from './faults.ts';
export { type Parted, partTemplate } from './front-matter.ts';
export { Html, html, htmlTag } from './html.ts';
export { markOf, sha256 } from './identifiers.ts';
export { type Json, json } from './json.ts';
export {
  escapeHtml,
  escapeMarkdown,
  escapeMarkdownAt,
  type MarkdownToken,
  markdownToHtml,
  markdownTokens,
} from './markdown.ts';
export { asText, type EscapeValue, placeholderRenderer, type TemplateRenderer } from './placeholders.ts';
export { redactText, redactValue, secretsOf } from './redact.ts';
export {
  isSecretRef,
  isSecretTemplate,
  maybeSecret,
  revealText,
  Secret,
  type SecretRef,
  type SecretTemplate,
  secret,
} from './secret.ts';
export { isKnown, isWhollyKnown, type Planned, Unknown } from './unknown.ts';
